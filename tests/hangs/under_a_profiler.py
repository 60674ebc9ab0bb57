"""Under cProfile, and under a sys.setprofile of somebody else's: each stays as it is. (Until 3.11 the second sees
nothing of the scenario's threads: these have a profile function of the exploration's.)

Prints:
    passes
    passes
    as before
"""

import cProfile
import sys
import threading

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


def profile(frame, event, argument):
    pass


profiler = cProfile.Profile()
profiler.enable()
telling.explore(scenario)
profiler.disable()
telling.forget()
sys.setprofile(profile)
threading.setprofile(profile)
telling.explore(scenario)
telling.as_before()
sys.setprofile(None)
threading.setprofile(None)
