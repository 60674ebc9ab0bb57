"""Statements: assignment in all forms, loops, with, try, match, del, import."""

from tests.instrument.things import Box, Counted, Dying, Matrix, boom, kw, noisy

number = 3
things = [1]
spare = None


def assignment_to_many(log):
    a = b = c = noisy(log, 1, [1])
    box = Box()
    box.x = box.y = d = noisy(log, 2, 2)
    return a is b is c, vars(box), d


def unpacking(log):
    a, b = noisy(log, 1, [1, 2])
    (c, *d), e = noisy(log, 2, ([3, 4, 5], 6))
    box, items = Box(), [0, 0]
    box.x, items[noisy(log, "index", 1)] = a, b
    return a, b, c, d, e, vars(box), items


def unpacking_swaps(log):
    a, b, c = 1, 2, 3
    a, b, c = c, a, b
    return a, b, c


def unpacking_too_few(log):
    a, b = noisy(log, 1, [1])


def unpacking_too_many(log):
    a, b = noisy(log, 1, [1, 2, 3])


def unpacking_of_int(log):
    a, b = noisy(log, 1, 1)


def unpacking_into_attributes_order(log):
    noisy(log, "first", Box()).x, noisy(log, "second", [0])[noisy(log, "key", 0)] = noisy(log, "value", (1, 2))


def augmented_attribute(log):
    box = Box(x=1)
    noisy(log, "owner", box).x += noisy(log, "value", 2)
    box.x -= 1
    box.x **= 3
    return box.x


def augmented_item(log):
    items = {"a": 1}
    noisy(log, "owner", items)[noisy(log, "key", "a")] *= noisy(log, "value", 5)
    return items


def augmented_nested(log):
    box = Box(table={"a": [1, 2]})
    box.table["a"][0] += 1
    box.table["a"] += [3]
    box.table["a"][1:] *= 2
    return box.table


def augmented_in_place_once(log):
    box, items = Box(x=Matrix(log)), [Matrix(log)]
    box.x += 1
    items[0] += 2
    matrix = Matrix(log)
    matrix += 3
    return box.x is not None


def augmented_through_getattribute(log):
    counted = Counted(log)
    counted.total = 1
    counted.total += 1
    counted.missing += "!"
    return counted.total


def augmented_property(log):
    Counted(log).size += 1


def augmented_fails(log):
    box = Box(x=1)
    box.x += noisy(log, 1, "a")


def augmented_item_fails(log):
    items = [1]
    items[0] += noisy(log, 1, None)


def augmented_item_missing(log):
    items = {}
    items[noisy(log, "key", 1)] += noisy(log, "never", 1)


def augmented_tuple_item(log):
    pair = ([1], 2)
    try:
        pair[0] += [3]
    except TypeError as error:
        return pair, str(error)


def augmented_store_fails(log):
    (1).real += 1


def augmented_value_raises(log):
    box = Box(x=1)
    try:
        box.x += boom()
    except RuntimeError:
        return box.x, sorted(locals())


def augmented_operators(log):
    box = Box(a=7, b=7, c=7, d=7, e=7, f=7, g=7, h=7, i=7, j=7, k=7.0)
    box.a += 2
    box.b -= 2
    box.c *= 2
    box.d //= 2
    box.e %= 2
    box.f **= 2
    box.g <<= 2
    box.h >>= 2
    box.i &= 2
    box.j |= 8
    box.j ^= 1
    box.k /= 2
    return vars(box)


def augmented_matrix(log):
    box = Box(m=Matrix(log))
    box.m @= Matrix(log)
    return box.m


def augmented_global(log):
    global number
    number += noisy(log, 1, 1)
    number = number * 2
    return number


def augmented_local_list(log):
    items = [1]
    other = items
    items += (noisy(log, 1, 2),)
    items *= 2
    return other


def augmented_string(log):
    box = Box(s="")
    for word in "a b".split():
        box.s += word
    return box.s


def augmented_across_yield(log):
    box = Box(x=1)

    def generator():
        box.x += yield "waiting"
        box.items[(yield "key")] += yield "value"

    box.items = {"k": 1}
    running = generator()
    return next(running), running.send(10), running.send("k"), list(send_last(running, 5)), vars(box)


def send_last(generator, value):
    try:
        generator.send(value)
    except StopIteration:
        yield "stopped"


def globals_and_deletion(log):
    global spare
    spare = 1
    del spare
    try:
        return spare
    except NameError as error:
        message = str(error)
    spare = 2
    return message, spare


def deletion_of_many(log):
    box, items, a = Box(x=1, y=2), [1, 2, 3], 1
    del box.x, items[noisy(log, "index", 0)], a, (box.y, items[0])
    return vars(box), items, sorted(locals())


def deletion_of_missing(log):
    box = Box()
    del box.x


def deletion_of_unbound(log):
    global never_bound
    del never_bound


def annotated_assignment(log):
    box = Box()
    a: int = noisy(log, "a", 1)
    box.x: undefined = noisy(log, "x", 2)  # noqa: F821
    (b): int = 3
    c: undefined  # noqa: F821, F842
    return a, box.x, b, sorted(locals())


def annotated_unbound(log):
    x: int
    return x


def loop_over_list(log):
    out = []
    for x in noisy(log, "source", [1, 2, 3]):
        if x == 2:
            continue
        out.append(x)
    else:
        out.append("else")
    return out


def loop_breaks(log):
    for x in [1, 2, 3]:
        if x == 2:
            break
    else:
        x = "else"
    return x


def loop_over_grown_list(log):
    items = [1]
    for x in items:
        if x < 4:
            items.append(x + 1)
    return items


def loop_over_changed_dict(log):
    items = {1: 1, 2: 2}
    for key in items:
        items[key + 10] = 0


def loop_over_changed_set(log):
    items = {1}
    for key in items:
        items.add(key + 1)


def loop_over_int(log):
    for _x in noisy(log, 1, 5):
        pass


def loop_unpacks(log):
    return [(a, b, rest) for a, (b, *rest) in [(1, [2, 3, 4])]], [k + str(v) for k, v in {"a": 1}.items()]


def loop_unpack_fails(log):
    for _a, _b in [[1, 2], [3]]:
        log("in loop")


def loop_into_attribute(log):
    box, items = Box(), {}
    for box.x in [1, 2]:
        for items[noisy(log, "key", "k")] in [3]:
            pass
    return vars(box), items


def loop_iterator_kinds(log):
    out = []
    for i, (a, b) in enumerate(zip([1, 2], "ab", strict=True)):
        out.append((i, a, b))
    for x in reversed([1, 2]):
        out.append(x)
    for x in map(str, {1: 2}):
        out.append(x)
    for x in Matrix(log):
        out.append(x)
    for x in iter([5]):
        out.append(x)
    return out


def loop_over_generator_closed(log):
    def generator():
        try:
            yield 1
            yield 2
        finally:
            log("closed")

    for _ in generator():
        break
    log("after")


def while_loop(log):
    items = [1, 2, 3]
    while items:
        if items.pop() == 2:
            continue
        log(items)
    else:
        log("else")
    while True:
        break
    while not items and len(items) < 1:
        items.append(1)
    return items


def with_statement(log):
    with Matrix(log) as a, Matrix(log, truth=True) as (b, *c):
        log((a, b, c))
        boom()
    return "suppressed"


def with_into_attribute(log):
    box = Box()
    with Matrix(log) as box.x:
        pass
    return box.x


def with_return(log):
    with Matrix(log):
        return noisy(log, "value", 1)


def with_of_int(log):
    with noisy(log, 1, 5):
        pass


def with_raises(log):
    with Matrix(log):
        boom()


def try_finally_order(log):
    for i in range(3):
        try:
            if i == 1:
                continue
            log(i)
        except ValueError:
            log("never")
        else:
            log("else")
        finally:
            log("finally")
    return i


def try_named(log):
    try:
        boom()
    except (ValueError, RuntimeError) as error:
        message = str(error), error.__traceback__.tb_lineno > 0
    return message, "error" in locals()


def try_named_captured(log):
    try:
        boom()
    except RuntimeError as error:
        f = lambda: error  # noqa: E731
        message = str(f())
    try:
        f()
    except NameError as error:
        return message, str(error)


def try_named_global(log):
    global spare
    try:
        boom()
    except RuntimeError as spare:
        message = str(spare)
    return message, "spare" in globals()


def try_raises_from(log):
    try:
        boom()
    except RuntimeError as error:
        raise KeyError(noisy(log, 1, 1)) from error


def try_raises_in_handler(log):
    try:
        boom()
    except RuntimeError:
        noisy(log, 1, {})["missing"]


def try_finally_overrides(log):
    try:
        boom()
    finally:
        return "overridden"  # noqa: B012


def try_star(log):
    try:
        raise ExceptionGroup("group", [ValueError(1), TypeError(2), KeyError(3)])
    except* ValueError as group:
        log(group.exceptions)
    except* (TypeError, KeyError) as group:
        log(group.exceptions)


def try_star_rest(log):
    try:
        raise ExceptionGroup("group", [ValueError(1), TypeError(2)])
    except* ValueError as group:
        log(group.exceptions)


def assertion(log):
    assert noisy(log, 1, [1]), noisy(log, "never", 1)
    assert noisy(log, 2, []), noisy(log, "message", "text")


def raise_of_class(log):
    raise noisy(log, 1, ValueError)


def raise_of_int(log):
    raise noisy(log, 1, 5)


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Color:
    RED = 1


def match_values(log):
    def which(subject):
        match noisy(log, "subject", subject):
            case 1 | 2:
                return "small"
            case -1.5:
                return "negative"
            case "text" | b"bytes":
                return "text"
            case None | True | False:
                return "constant"
            case Color.RED:
                return "red"
            case [1, 2, *rest]:
                return rest
            case [[a], b] if a > b:
                return a, b
            case (x, y):
                return "pair", x, y
            case {"kind": "dot", **others}:
                return others
            case {"deep": {"er": [value]}}:
                return value
            case Point(0, y=0):
                return "origin"
            case Point(x, y) if noisy(log, "guard", x == y):
                return "diagonal", x
            case Point(x=Point() as inner):
                return inner.x
            case list() | dict() as container:
                return container
            case str(text):
                return text
        return "none"

    subjects = [
        1, -1.5, "text", None, [1, 2, 3], [[3], 2], [[3], 4], {"kind": "dot", "a": 1}, {"deep": {"er": [5]}}, Point(0, 0), Point(2, 2),
        Point(Point(1, 2), 3), [], {}, "other", 9.5, Point(1, 2),
    ]  # fmt: skip
    return [which(subject) for subject in subjects]


def match_binds_shared_names(log):
    global spare

    def get():
        return inner

    match [1, [2, 3], {"k": 4, "z": 5}]:
        case [spare, [inner, *tail], {"k": k, **rest}] if spare:
            return spare, get(), tail, k, rest, sorted(locals())


def match_falls_through(log):
    match noisy(log, 1, 5):
        case 6:
            log("never")
        case _ if noisy(log, "guard", 0):
            log("never")
    return "after"


def match_getattr(log):
    match Counted(log):
        case Counted(size=1):
            return 1
        case Counted(anything="anything"):
            return 2


def match_fails(log):
    match Point(1, 2):
        case Point(1, 2, 3):
            return 1


def imports(log):
    global spare
    import os.path
    import sys as spare  # noqa: F811
    from os import path as p, sep  # noqa: F401

    def inner():
        return p, os

    return os.path is p, spare.__name__, inner()[0] is p


def import_missing(log):
    import no_such_module  # noqa: F401


def import_missing_name(log):
    from os import no_such_name  # noqa: F401


def nonlocal_writes(log):
    count = 0
    names = []

    def add(n):
        nonlocal count
        count += n
        for count in range(count, count + 1):
            names.append(count)
        with Matrix(log) as count:
            pass
        count, other = len(names), 1
        return count

    return add(2), add(3), count


def unbound_cell(log):
    def inner():
        return later

    try:
        inner()
    except NameError as error:
        log(str(error))
    later = 1
    del later
    return inner()


def loop_variable_in_cell(log):
    functions = []
    for i in range(3):
        functions.append(lambda: i)
    a, (b, *c) = 1, (2, 3)
    functions.append(lambda: (a, b, c))
    return [f() for f in functions]


def cell_of_parameter(log):
    def outer(a, *args, b=2, **names):
        def inner():
            return a, args, b, names

        a += 1
        args = [*args, a]
        return inner()

    return outer(1, 5), outer(2, b=3, c=4)


def locals_stay_clean(log):
    box, items = Box(x=1), {"a": 1}
    box.x += 1
    items["a"] += 1
    box.y, items["b"] = 1, 2
    for box.z in [1]:
        pass
    return sorted(locals()), sorted(vars())


def exec_and_eval(log):
    a = 5
    names = {}
    exec("b = a + 1", {"a": a}, names)
    return eval("a * 2"), names


def takes_apart_late(log):
    class Given:
        def __init__(self, *given):
            self.given = given

        def __enter__(self):
            return noisy(log, "enter", iter(self.given))

        def __exit__(self, *what):
            return noisy(log, ("exit", str(what[1])), None)

    given, shared = Given(1, 2), None
    with given as (a, b), Given(3, (4, 5)) as [
        c,
        (shared, *given.rest),
    ], given as d:
        log((a, b, c, shared, given.rest, next(d)))
    given.x = e, f = given.y = (g, *given.z) = [6, 7]

    def reads():
        return shared

    def fails():
        given.x = h, i = given.y = 8, 9, 10

    def fails_in_with():
        with given as d, given as (h, i, j):
            log("not reached")

    for failing in fails, fails_in_with:
        try:
            failing()
        except ValueError as error:
            log((str(error), error.__traceback__.tb_next.tb_lineno, given.x))
    return e, f, g, given.x, given.y, given.z, reads(), sorted(locals())


def takes_apart_what_a_with_gives(log):
    class Given:
        def __enter__(self):
            return log("enter") or [1, 2]

        def __exit__(self, *what):
            log(("exit", str(what[1])))

    with Given() as (a, b), Given() as (
        c,
        (d, e),
    ):
        log("not reached")


def looks_at_shared_variables(log):
    a, b = 5, 6

    def inner(c):
        yield lambda: (a, c)
        yield sorted(locals()), sorted(vars()), dir(), eval("a + b"), b
        [eval("c") for _ in "x"]
        eval("missing")

    return list(inner(7))


def constant_conditions(log):
    if __debug__:
        log("debug")
    if 0:
        log("never")
    while 1:
        break
    return 1 if not None else 2


def docstring_kept(log):
    def documented():
        """Text."""
        x = 1
        return (lambda: x)()

    def undocumented():
        for x in [1]:
            pass
        return lambda: x

    return documented.__doc__, undocumented.__doc__, documented(), undocumented()()


def deep_nesting(log):
    x = Box(f=lambda v: v)
    return x.f(x.f(x.f(x.f(x.f([x.f({"a": x.f((x.f(1), x.f(2)))})])))))


def many_names(log):
    return kw(*[Box(**{f"n{i}": i}).__dict__ for i in range(3)])


def values_on_the_stack_die(log):
    def fails():
        return kw(Dying(log, "a"), Dying(log, "b").value, boom())

    try:
        fails()
    except RuntimeError:
        log("caught")
    log("left")


def assertion_of_a_condition(log):
    assert noisy(log, 1, 1) if noisy(log, 2, []) else noisy(log, 3, []) is 4, noisy(log, "message", "text")  # noqa: F632
