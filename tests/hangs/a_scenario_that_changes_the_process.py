"""What a scenario sets for the whole process (hooks, the collector, the switch interval) holds for its execution, and
is as before after the exploration.

Prints:
    passes
    as before
"""

import gc
import sys
import threading

import telling


def trace(frame, event, argument):
    return None


def scenario():
    def hook(args):
        pass

    threading.excepthook = hook
    sys.unraisablehook = hook
    gc.enable()
    gc.collect()
    sys.setswitchinterval(0.01)
    sys.settrace(trace)
    sys.setprofile(trace)
    thread = threading.Thread(target=sys.setprofile, args=(trace,))
    thread.start()
    thread.join()


telling.explore(scenario)
telling.as_before()
