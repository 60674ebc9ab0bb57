"""Under cProfile, and under a sys.setprofile of somebody else's: each stays as it is. (Until 3.11 the second sees
nothing of the scenario's threads: these have a profile function of the exploration's.) The second scenario puts hooks
into code that the profiled thread runs as well, to keep its failure.

Prints:
    passes
    error AssertionError: assert not watched
    passes
    as before
"""

import cProfile
import sys
import threading
import weakref

import telling


def work(numbers):
    numbers.append(len(numbers))


def scenario():
    numbers = []
    threads = [threading.Thread(target=work, args=(numbers,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Watched:
    pass


def fails():
    watched = weakref.WeakSet()
    it = Watched()
    threads = [threading.Thread(target=watched.add, args=(it,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not watched


def profile(frame, event, argument):
    pass


profiler = cProfile.Profile()
profiler.enable()
telling.explore(scenario)
telling.explore(fails)
profiler.disable()
telling.forget()
sys.setprofile(profile)
threading.setprofile(profile)
telling.explore(scenario)
telling.as_before()
sys.setprofile(None)
threading.setprofile(None)
