"""All threads log through one handler made at import, whose lock is older than the exploration.

Prints:
    passes
    20
    as before
"""

import io
import logging
import threading

import telling

stream = io.StringIO()
logging.basicConfig(stream=stream, level=logging.INFO, format="%(threadName)s %(message)s")
logger = logging.getLogger("things")


def work(number):
    logger.info("begin %d", number)
    logger.warning("end %d", number)


def scenario():
    stream.seek(0)
    stream.truncate()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


telling.explore(scenario, executions=5)
print(len(stream.getvalue().splitlines()))
telling.as_before()
