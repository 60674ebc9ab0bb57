"""threading.Timer runs in virtual time: an hour passes at once; or, if the strategy has it so, earlier than another
Timer that was to fire before. One that is cancelled in time never fires.

Prints:
    passes
    [('late', 'soon'), ('soon',), ('soon', 'late')]
    as before
"""

import threading

import telling


def scenario():
    rang = []
    timers = [threading.Timer(3600, rang.append, ["soon"]), threading.Timer(7200, rang.append, ["late"])]
    for timer in timers:
        timer.start()
    timers[0].join()
    timers[1].cancel()
    timers[1].join()
    return tuple(rang)


exploration = telling.explore(scenario, executions=100)
print(sorted(exploration.outcomes))
telling.as_before()
