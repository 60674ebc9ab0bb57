"""Objects are named by who came to them first: the same in each execution of a schedule, and nothing by its address."""

from __future__ import annotations

import gc
import weakref

import stress
from stress.runtime.control.names import Names
from tests.controlled import side_by_side


class Box:
    def __init__(self) -> None:
        self.value = 0


def loses_an_update() -> None:
    one, other = Box(), Box()

    def first() -> None:
        other.value = 1
        one.value += 1

    def second() -> None:
        one.value += 1

    side_by_side(first, second)
    assert one.value == 2


def names() -> list[tuple[int, str, tuple[tuple[int, int], ...]]]:
    failure = stress.explore(loses_an_update, search="random").failure
    assert failure is not None
    return [(event.thread, event.site.name, event.objects) for event in failure.operations]


def test_an_operation_names_its_object_by_its_first_touch() -> None:
    events = names()
    values = [(thread, objects) for thread, name, objects in events if name == "value" and thread]
    touched = {objects[0] for _, objects in values}
    assert len(touched) == 2  # the two boxes
    # Both were made, and so first touched, by the scenario's own thread.
    assert {thread for thread, _ in touched} == {0}
    assert len({objects for thread, objects in values if thread == 2}) == 1


def test_the_same_schedule_gives_the_same_names() -> None:
    assert names() == names()


def test_a_new_object_at_the_address_of_a_dead_one_has_a_name_of_its_own() -> None:
    given = Names()
    box, other = Box(), Box()
    first = given.of(box, 1, 3)
    assert given.of(box, 2, 7) == first
    given.known[id(other)] = given.known.pop(id(box))  # as if it were there now; interpreters differ
    del box
    second = given.of(other, 2, 9)
    assert (given.first_touched[first], given.first_touched[second]) == ((1, 3), (2, 9))


def test_nothing_is_held() -> None:
    given = Names()
    box = Box()
    gone = weakref.ref(box)
    given.of(box, 0, 1)
    gc.disable()
    try:
        del box
        assert gone() is None
    finally:
        gc.enable()
