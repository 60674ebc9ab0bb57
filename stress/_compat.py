"""Facts about the interpreter that runs us, each with a name; versions are compared nowhere else."""

import sys
from typing import Final

# The name in `threading` through which every Thread.start() reaches C (CPython Lib/threading.py).
# From 3.13 it takes `daemon=`, and C code waits at exit for the threads that aren't; before that, Python code does,
# for the locks in `threading._shutdown_locks`.
EXIT_WAITS_IN_C: Final = sys.version_info >= (3, 13)
THREAD_STARTER: Final = "_start_joinable_thread" if EXIT_WAITS_IN_C else "_start_new_thread"


def gil_enabled() -> bool:
    """Whether the running interpreter has its GIL on now: a free-threaded build may have it on (PEP 703)."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return True if ask is None else bool(ask())
