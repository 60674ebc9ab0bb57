"""hypothesis-stress: is my threaded Python code thread-safe?

These are the public names; nothing else may be imported from outside. Each is loaded when it is first used (PEP 562),
so that `import stress` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stress.errors import (
        DataRace as DataRace,
        Deadlock as Deadlock,
        InternalError as InternalError,
        LeakedLock as LeakedLock,
        Livelock as Livelock,
        Nondeterministic as Nondeterministic,
        NothingInstrumented as NothingInstrumented,
        NotLinearizable as NotLinearizable,
        StaleSchedule as StaleSchedule,
        StressFailure as StressFailure,
        UncontrolledBlocking as UncontrolledBlocking,
        UnreadFailureWarning as UnreadFailureWarning,
    )
    from stress.exploration import Exploration as Exploration, explore as explore, replay as replay
    from stress.failure import Failure as Failure
    from stress.runtime.parallel import parallel as parallel
    from stress.runtime.switching import switch_interval as switch_interval
    from stress.scenarios import interleave as interleave, regression as regression, scenario as scenario
    from stress.schedule import Schedule as Schedule

__version__ = "0.1.0"

# The same names and where each comes from, for when the program runs; a test holds the two lists together.
_HOMES = {
    "DataRace": "stress.errors",
    "Deadlock": "stress.errors",
    "InternalError": "stress.errors",
    "LeakedLock": "stress.errors",
    "Livelock": "stress.errors",
    "Nondeterministic": "stress.errors",
    "NotLinearizable": "stress.errors",
    "NothingInstrumented": "stress.errors",
    "StaleSchedule": "stress.errors",
    "StressFailure": "stress.errors",
    "UncontrolledBlocking": "stress.errors",
    "UnreadFailureWarning": "stress.errors",
    "Exploration": "stress.exploration",
    "explore": "stress.exploration",
    "replay": "stress.exploration",
    "Schedule": "stress.schedule",
    "Failure": "stress.failure",
    "parallel": "stress.runtime.parallel",
    "switch_interval": "stress.runtime.switching",
    "interleave": "stress.scenarios",
    "regression": "stress.scenarios",
    "scenario": "stress.scenarios",
}
__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]  the names above, once more

if not TYPE_CHECKING:  # else a type checker would take stress.explroe for a name too

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module 'stress' has no attribute {name!r}", name=name, obj=import_module(__name__))
        found = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return found

    def __dir__():
        return [*{*globals(), *_HOMES}]
