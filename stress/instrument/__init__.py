"""Instrumentation: unmodified source in, announced operations out, nothing else changed.

What a neighbour has to know:

    from stress.instrument import Instrumentation, listen

with Instrumentation() as instrumentation:          # on the way out every function has its own code again
instrumentation.add(function)                   # True: it has hooks now. False: instrumentation.reasons says why not
instrumentation.add_all(thing)                  # functions inside methods, partials, properties, wrappers, classes, ...
before = listen(listener)                       # from here on all instrumented code of the process announces to it ...
listen(before)
forget_instances()                                  # lets go of what was held meanwhile: instances, their dicts
resume(pause())                                     # in between nobody is told of anything
tell_accesses(False)                                # from here on only that operations are reached, which costs less

- `Listener` (in `listener`) is the protocol: `access` and `step` before an operation, in the thread that is about to do
  it, and `amend` where others ran before its turn came; `call` and `enter` to see a callee or a context manager first,
  and to substitute it; `is_step` and, for special methods, `enters` for Python functions that have no hooks. `Passing`
  is one that does nothing, to build on. What an access is, when two conflict, and what a site is: `stress.events`.
- What only the running thread can reach isn't announced, unless the listener has `sees_private = True` (see `private`).
  The answer is the same on every Python; a listener that holds an object makes it one that somebody else has.
- With no listener a hook is one test of a global. The hooks stay in functions that instrumented code made (closures,
  decorated functions) after everything is restored; they pass through.
- What code becomes is found out once a process, by file and code: a second `add` of the same or of equal code compiles
  nothing.
- Found out per statement of a module or class: a large package of which little runs is parsed once, and only what runs
  is compiled.
- A function whose source isn't at hand, or isn't what runs, is left as it is; `reasons` maps its code to one sentence.

A listener that wants its substitute to stay invisible: for a method it is bound as the method would have been, for
anything else it is called in place of the callee with the same arguments. A substitute for a context manager needs
`__enter__` and `__exit__`.

Promises: results, exceptions, tracebacks, evaluation order, lifetimes and names are those of the original code
(docs/instrumentation.md lists what isn't kept). Knows no scheduler, no strategy, no thread.
"""

from __future__ import annotations

from stress.instrument.announce import announce_call, forget_instances
from stress.instrument.hooks import listen, pause, resume, see_private, settle_first, tell_accesses
from stress.instrument.listener import Listener, Passing
from stress.instrument.source import NotInstrumented
from stress.instrument.swap import Instrumentation, forget_source, functions_of, instrumented_code, is_instrumented

__all__ = [
    "Instrumentation",
    "Listener",
    "NotInstrumented",
    "Passing",
    "announce_call",
    "forget_instances",
    "forget_source",
    "functions_of",
    "instrumented_code",
    "is_instrumented",
    "listen",
    "pause",
    "resume",
    "see_private",
    "settle_first",
    "tell_accesses",
]
