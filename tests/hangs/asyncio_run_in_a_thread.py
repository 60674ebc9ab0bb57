"""An event loop in each of two threads: its tasks, its sleeps and what they hand each other come to their end.

Prints:
    passes
    [('one', 'two', 'three')]
    as before
"""

import asyncio
import threading

import telling


async def speak(words, queue):
    for word in words:
        await asyncio.sleep(0)
        await queue.put(word)


async def main(found):
    queue = asyncio.Queue()
    task = asyncio.create_task(speak(["one", "two", "three"], queue))
    async with asyncio.timeout(5):
        heard = [await queue.get() for _ in range(3)]
    await task
    found.append(tuple(heard))


def scenario():
    found = []
    threads = [threading.Thread(target=lambda: asyncio.run(main(found))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (heard,) = set(found)
    return heard


exploration = telling.explore(scenario, executions=2)
print([*exploration.outcomes])
telling.as_before()
