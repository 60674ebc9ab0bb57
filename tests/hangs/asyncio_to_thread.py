"""asyncio.to_thread: the loop waits in the kernel for a thread of its executor, and is asked again as long as that can
run. Both come to their end.

Prints:
    passes
    as before
"""

import asyncio

import telling


def add(numbers):
    for number in range(3):
        numbers.append(number)


async def main():
    numbers = []
    await asyncio.gather(asyncio.to_thread(add, numbers), asyncio.to_thread(add, numbers))
    assert len(numbers) == 6


def scenario():
    asyncio.run(main())


telling.explore(scenario, executions=2)
telling.as_before()
