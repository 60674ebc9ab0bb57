"""A second exploration in one process, from another thread or from inside a scenario, raises at once and names the
first, which goes on unharmed.

Prints:
    explore(second): this process explores first already, and can do one at a time
    passes
    explore(second): this process explores inside already, and can do one at a time
    as before
"""

import threading

import telling

import stress

asked = threading.Event()
answered = threading.Event()


def second():
    pass


def ask():
    asked.wait()
    try:
        stress.explore(second, search="random")
    except RuntimeError as error:
        print(error)
    answered.set()


def first():
    thread = threading.Thread(target=[].append, args=(1,))
    thread.start()
    thread.join()


def progress(exploration):
    asked.set()
    answered.wait()


def inside():
    stress.explore(second, search="random")


telling.process()
other = threading.Thread(target=ask)
other.start()
telling.explore(first, progress=progress)
other.join()
try:
    telling.explore(inside)
except RuntimeError as error:
    print(error)
telling.as_before()
