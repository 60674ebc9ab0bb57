"""One execution of a scenario. Knows no strategy, and judges nothing: it reports what happened.

native.py runs the threads free, under forced switches; stacks.py tells where a thread stands; threads.py has the thread
that holds nobody's exit; parallel.py and switching.py are what scenarios call.
"""
