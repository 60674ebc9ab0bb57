"""What is kept of an execution's order is what another execution, noted from its beginning, has."""

from __future__ import annotations

import random

import pytest

from stress.events import READ, UPDATE, WRITE, Event, OperationSite, Touch, attribute, item, shape_by
from stress.search.order import Order

SITE = OperationSite("attribute", READ, "x")
PLACES = [attribute("x"), item(1), shape_by(1), shape_by(2), ("items", None), ("whole", None)]


def touches(draw: random.Random) -> tuple[Touch, ...]:
    modes = (READ, WRITE, UPDATE)
    return tuple((draw.choice(modes), draw.randrange(2), draw.choice(PLACES)) for _ in range(draw.randint(1, 2)))


def drawn(draw: random.Random, position: int) -> Event:
    thread = draw.randrange(3)
    event = Event(thread, (thread,), position, SITE, READ, touches(draw))
    event.forced = draw.random() < 0.05
    if draw.random() < 0.1:
        event.starts = ((draw.randrange(3, 5),),)
    return event


def noted(order: Order, events: list[Event], most: int) -> None:
    for event in events[order.keep(events, most) :]:
        own = order.last_of.get(event.path, 0)
        order.note(event, own, order.depends_on(event.accesses, own))


def told(order: Order, draw: random.Random) -> object:
    asked = [touches(draw) for _ in range(20)]
    written = {thing: events for thing, events in order.written.items() if events}
    return order.before, order.last_of, written, [order.depends_on(each, 0) for each in asked]


def test_what_is_kept_from_one_execution_to_the_next_is_as_if_it_were_noted_anew() -> None:
    draw = random.Random(0)
    kept = Order()
    events: list[Event] = []
    for number in range(50):
        events = events[: draw.randint(0, len(events))]
        events = events + [drawn(draw, len(events) + more) for more in range(draw.randint(0, 12))]
        noted(kept, events, draw.randint(-1, 40))
        anew = Order()
        noted(anew, events, 0)
        assert told(kept, random.Random(number)) == told(anew, random.Random(number))


def event(thread: int, place: str = "x", *, forced: bool = False, starts: tuple[tuple[int, ...], ...] = ()) -> Event:
    made = Event(thread, (thread,), 0, SITE, WRITE, ((WRITE, 0, attribute(place)),))
    made.forced, made.starts = forced, starts
    return made


@pytest.mark.parametrize("other", [event(1), event(0, "y"), event(0, forced=True), event(0, starts=((0, 0),))])
def test_an_event_that_differs_is_not_kept(other: Event) -> None:
    order = Order()
    noted(order, [event(0), event(0), event(0)], 0)
    assert order.keep([event(0), other, event(0)], 3) == 1
