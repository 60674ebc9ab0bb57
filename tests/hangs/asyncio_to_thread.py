"""asyncio.to_thread: the loop waits in the kernel for a thread of its executor, which needs the turn. Either way it
ends: passed, or told as a step that doesn't come back.

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


telling.explore(scenario, executions=5)
telling.as_before()
