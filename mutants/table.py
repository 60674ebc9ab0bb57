"""The ways in which the search is broken, one at a time: each must be noticed by a test.

A mutant replaces a text that stands once in a file of `stress`. The tests named with it are run first.
"""

from __future__ import annotations

from dataclasses import dataclass

_MODELS = "tests/search/test_dpor.py"
_ENGINE = "tests/search/test_engine.py"
_TRUTHS = "tests/search/test_ground_truths.py"
_SHORT = "tests/test_minimize.py"


@dataclass(frozen=True)
class Mutant:
    name: str
    breaks: str
    """In one line."""
    file: str
    """In `stress`."""
    old: str
    new: str
    first: str
    """The file of the tests that look most likely to notice."""


_DPOR = "search/dpor.py"
_ORDER = "search/order.py"
_SPACES = "            if spaces is None:\n                continue\n"

MUTANTS = (
    # A dependence forgotten.
    Mutant(
        "attribute",
        "operations on an attribute depend on nothing",
        _ORDER,
        _SPACES,
        '            if spaces is None or location[0] == "attribute":\n                continue\n',
        _TRUTHS,
    ),
    Mutant(
        "item",
        "operations on an item by its key depend on nothing",
        _ORDER,
        _SPACES,
        '            if spaces is None or location[0] == "item":\n                continue\n',
        _ENGINE,
    ),
    Mutant(
        "structure",
        "what walks over a container depends on no key that comes or goes",
        _ORDER,
        '        if space == "items":\n            further += _WITH_ITEMS\n        elif space in _WITH_ITEMS:\n',
        "        if space in ():\n",
        _TRUTHS,
    ),
    Mutant(
        "lock",
        "taking a lock and giving it back only read it",
        "runtime/control/locks.py",
        "        return ((UPDATE, self.real, STATE),)\n\n    def was_given_back_unseen",
        "        return ((READ, self.real, STATE),)\n\n    def was_given_back_unseen",
        _TRUTHS,
    ),
    Mutant(
        "release",
        "giving a lock back orders nothing",
        "runtime/control/locks.py",
        "            execution.reach(site, UPDATE, lock.use)\n            execution.it_added(1 if",
        "            execution.reach(site, UPDATE, ((READ, lock.real, STATE),))\n            execution.it_added(1 if",
        _TRUTHS,
    ),
    Mutant(
        "notify",
        "to give back a lock that another thread has taken, as to notify does, orders nothing",
        "runtime/control/locks.py",
        "            execution.reach(site, UPDATE, lock.use)\n            execution.it_added(1 if",
        "            mode = UPDATE if lock.owner is execution.current else READ\n"
        "            execution.reach(site, UPDATE, ((mode, lock.real, STATE),))\n            execution.it_added(1 if",
        _TRUTHS,
    ),
    Mutant(
        "blocked",
        "what waits for ever races with nothing",
        _DPOR,
        "        for path, needs, accesses, _ in self._blocked:\n",
        "        for path, needs, accesses in ():\n",
        _MODELS,
    ),
    Mutant(
        "start",
        "a thread's start comes before none of its operations",
        _ORDER,
        "        for thread in event.starts:\n",
        "        for thread in ():\n",
        _TRUTHS,
    ),
    Mutant(
        "join",
        "a thread's end does not come before its join",
        "runtime/control/thread.py",
        "        return ((READ, self.python, STATE),)\n",
        "        return ((READ, self, STATE),)\n",
        _TRUTHS,
    ),
    Mutant(
        "is_alive",
        "whether a thread is alive does not depend on its end",
        "runtime/control/lives.py",
        "        execution.reach(ALIVE, READ, ((READ, python, STATE),))",
        "        execution.reach(ALIVE, READ)",
        _TRUTHS,
    ),
    Mutant(
        "time-out",
        "a wait in vain is not put where it would not be in vain",
        _DPOR,
        "                if in_vain and not self._put >> here & 1:",
        "                if False:",
        _MODELS,
    ),
    Mutant(
        "early",
        "no time-out comes early",
        _DPOR,
        "                elif (event.may_time_out or event.tries) and not in_vain:\n",
        "                elif event.tries and not in_vain:\n",
        _TRUTHS,
    ),
    Mutant(
        "forced",
        "a time-out when nobody could run comes after nothing",
        _ORDER,
        "        if event.forced:  #",
        "        if False:  #",
        _MODELS,
    ),
    Mutant(
        "within",
        "what C code goes on to do, once Python code that it called has let others run, is no operation",
        "runtime/control/execution.py",
        "                thread.pending += touches\n",
        "                pass\n",
        _TRUTHS,
    ),
    Mutant(
        "world",
        "calls that touch what is outside of the process depend on nothing",
        "instrument/calls.py",
        '    if module.partition(".")[0] not in _OUTSIDE or',
        "    if True or",
        _TRUTHS,
    ),
    # One that isn't there.
    Mutant(
        "try-lock",
        "to try a lock in vain changes it",
        "runtime/control/execution.py",
        "                event.accesses = (READ, thing, location), *further\n",
        "                event.accesses = (UPDATE, thing, location), *further\n",
        _TRUTHS,
    ),
    Mutant(
        "tries",
        "a lock is tried wherever that comes, also in vain",
        _DPOR,
        "not (thread.would_time_out or thread.in_vain):\n                    return thread\n        usual = current\n"
        "        goes_on = current in enabled and not (current.would_time_out or current.in_vain)\n",
        "not thread.would_time_out:\n                    return thread\n        usual = current\n"
        "        goes_on = current in enabled and not current.would_time_out\n",
        _MODELS,
    ),
    Mutant(
        "try in vain",
        "a try that got the lock is not made where it would be in vain",
        _DPOR,
        "                elif (event.may_time_out or event.tries) and not in_vain:\n",
        "                elif event.may_time_out and not in_vain:\n",
        _TRUTHS,
    ),
    Mutant(
        "reads",
        "reads depend on reads",
        _ORDER,
        "            if mode == READ:\n                keys[key]",
        "            if not mode:\n                keys[key]",
        _TRUTHS,
    ),
    Mutant(
        "keys",
        "each key of a container depends on each other one",
        _ORDER,
        "        if space not in _KEYED or key is ANY:\n",
        "        if True:\n",
        _ENGINE,
    ),
    # A race that is not reversed, or too often.
    Mutant(
        "race",
        "what was put somewhere by a reversal is not put before what comes still earlier",
        _DPOR,
        "            if here >= first and (others or event.needs or vain) and not event.forced:\n",
        "            if here > first and (others or event.needs or vain) and not event.forced:\n",
        _MODELS,
    ),
    Mutant(
        "one race",
        "of several races of an operation one is reversed",
        _DPOR,
        "        for other in others:\n            needed = own",
        "        for other in others[:1]:\n            needed = own",
        _MODELS,
    ),
    Mutant(
        "twice",
        "races of what was there before the last reversal are reversed again",
        _DPOR,
        "            if here >= first and (others or event.needs or vain) and not event.forced:\n",
        "            if (others or event.needs or vain) and not event.forced:\n",
        _TRUTHS,
    ),
    Mutant(
        "fresh",
        "what a reversal has put somewhere is thrown away",
        _DPOR,
        "        if self._put >> other << other & ((1 << here) - 1) & ~needed:\n",
        "        if False:\n",
        _MODELS,
    ),
    Mutant(
        "first thread",
        "each of several operations that could come first is put there",
        _DPOR,
        "        if any(self._belongs_elsewhere(slot, order, path, touches, needed) for slot in slots):\n"
        "            return None\n",
        "",
        _MODELS,
    ),
    Mutant(
        "itself first",
        "an operation gives way to its own thread",
        _DPOR,
        "self._events[i].path < slot.instead",
        "self._events[i].path <= slot.instead",
        _MODELS,
    ),
    Mutant(
        "cut",
        "what an operation needs, that came before others that it needs, is left out",
        _DPOR,
        "                    needed |= self._before[each] | 1 << each\n            plan",
        "                    needed |= 1 << each\n            plan",
        _MODELS,
    ),
    Mutant(
        "possible",
        "a lock is taken where it is held",
        _DPOR,
        "            if (level > 0) != timed_out:\n",
        "            if True:\n",
        _MODELS,
    ),
    Mutant(
        "then",
        "whoever had to wait for what was put before goes on when it likes",
        _DPOR,
        "        elif done == len(plan) and self._plan.then is not None:\n",
        "        elif False:\n",
        _MODELS,
    ),
    # What is said.
    Mutant(
        "exhausted",
        "a search that was cut short says that it is proved",
        "control.py",
        "        if not search.exhausted:\n            about",
        "        if search.executed < 2:\n            about",
        _TRUTHS,
    ),
    Mutant(
        "estimate",
        "each way from an execution to others is taken for the only one",
        _DPOR,
        "chance=plan.chance / len(plans)",
        "chance=plan.chance",
        _MODELS,
    ),
    Mutant(
        "bounded",
        "that a loop was not gone round more often is not said",
        _DPOR,
        "                    if plans and self._goes_round(here):\n                        self.bounded = True\n"
        "                    else:\n                        found += plans\n                if in_vain",
        "                    if plans and self._goes_round(here):\n                        pass\n"
        "                    else:\n                        found += plans\n                if in_vain",
        _MODELS,
    ),
    Mutant(
        "outcomes",
        "a value that comes late is no outcome",
        "exploration.py",
        "                    self._values[value] = switches, schedule\n",
        "                    if self.executions < 3:\n"
        "                        self._values[value] = switches, schedule\n",
        _TRUTHS,
    ),
    Mutant(
        "preemptions",
        "a switch from a thread that waits counts as a preemption",
        "minimize.py",
        "        self.preemptions += goes_on and chosen is not current\n",
        "        self.preemptions += chosen is not current\n",
        _SHORT,
    ),
    Mutant(
        "fewest",
        "a schedule with one preemption is tried among those with none",
        "minimize.py",
        "(following if option.preempts else level).append",
        "level.append",
        _SHORT,
    ),
    # What is seen.
    Mutant(
        "announced",
        "closure variables are read and written unannounced",
        "instrument/source.py",
        "    None  # kinds of operation",
        '    frozenset(["closure"])  # kinds of operation',
        _ENGINE,
    ),
)
