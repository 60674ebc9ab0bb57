"""Operators, attributes, items, calls, comprehensions."""

import operator

from tests.instrument.things import Box, Counted, Dying, Matrix, boom, kw, noisy

number = 3
table = {"a": 1, "b": [1, 2]}


def attribute_read(log):
    return Box(x=1).x


def attribute_chain(log):
    return Box(a=Box(b=Box(c=5))).a.b.c


def attribute_missing(log):
    return Box(balance=1).balanse


def attribute_of_none(log):
    box = None
    return box.value


def attribute_of_missing_global(log):
    return no_such_name.value  # noqa: F821


def suggestion_for_a_global(log):
    return numbr  # noqa: F821


def suggestion_for_a_local(log):
    amount = 1
    return amuont + amount  # noqa: F821


def attribute_through_getattr(log):
    counted = Counted(log)
    return counted.anything, counted.anything


def attribute_through_property(log):
    counted = Counted(log)
    counted.size = 3
    del counted.size
    return counted.size


def attribute_store_order(log):
    noisy(log, "owner", Box()).x = noisy(log, "value", 1)


def attribute_store_fails(log):
    (1).x = noisy(log, "value", 1)


def attribute_deleted(log):
    box = Box(x=1)
    del box.x
    return vars(box)


def item_order(log):
    return noisy(log, "owner", [1, 2])[noisy(log, "key", 1)]


def item_store_order(log):
    noisy(log, "owner", {})[noisy(log, "key", 1)] = noisy(log, "value", 2)


def item_deleted(log):
    items = [1, 2, 3]
    del items[noisy(log, "index", 0)]
    return items


def item_missing(log):
    return {"a": 1}[noisy(log, "key", "b")]


def item_of_unhashable_key(log):
    return {}[[]]


def item_of_int(log):
    return number[0]


def slices(log):
    items = list(range(10))
    items[1:3] = [noisy(log, "v", 0)]
    del items[-2:]
    return items[2:], items[:2], items[::2], items[1:5:2], items[:]


def slice_of_object(log):
    matrix = Matrix(log)
    matrix[1:2] = 3
    del matrix[::4]
    return matrix[1:2, 3, ...], matrix[:, 1]


def starred_subscript(log):
    return Matrix(log)[*[1, 2], 3]


def tuple_key(log):
    return {(1, 2): 3}[1, 2]


def negative_index(log):
    return [1, 2, 3][-1]


def chained_comparison(log):
    return noisy(log, 1, 1) < noisy(log, 2, 2) < noisy(log, 3, 1) < noisy(log, 4, 9)


def chained_membership(log):
    return 1 in [1, 2] in [[1, 2]], 1 < 2 in (2, 3), 3 is not None is not 4  # noqa: F632


def comparison_of_unlike(log):
    return [1] < noisy(log, 1, {})


def comparison_result_is_any_object(log):
    return Matrix(log) == Matrix(log), Matrix(log) < 3


def membership(log):
    return 1 in Matrix(log), 2 not in Matrix(log), "a" in table, [1] in [[1]]


def membership_of_int(log):
    return 1 in noisy(log, 1, 5)


def boolean_operators(log):
    return (
        noisy(log, 1, 0) or noisy(log, 2, []) or noisy(log, 3, "x"),
        noisy(log, 4, 1) and noisy(log, 5, []) and noisy(log, 6, 2),
        not noisy(log, 7, {}),
    )


def truth_is_asked_once(log):
    return 1 if Matrix(log) else 2, not Matrix(log), Matrix(log) and 1, [0 for _ in "ab" if Matrix(log)]


def truth_fails(log):
    return 1 if Matrix(log, truth=boom) else 2


def binary_operators(log):
    return [1] + [2], [1] * 2, 2 * [1], {1} | {2}, {"a": 1} | table, "%s-%s" % (1, [2]), "%s" % [1], 7 // 2, 2**3


def binary_operator_order(log):
    return noisy(log, "left", 1) + noisy(log, "right", 2) * noisy(log, "third", 3)


def binary_operator_fails(log):
    return [1] + noisy(log, "right", 2)


def percent_format_fails(log):
    return "%s %s" % (noisy(log, 1, 1),)


def percent_format_of_dict(log):
    return "%(a)s %(b)s" % table


def matrix_multiplication(log):
    return Matrix(log) @ Matrix(log)


def unary_operators(log):
    return -number, +number, ~number, -Matrix(log)


def conditional_expression(log):
    return [noisy(log, 1, 1) if noisy(log, 2, i) else noisy(log, 3, 3) for i in (0, 1)]


def call_order(log):
    return noisy(log, "f", kw)(noisy(log, 1, 1), *noisy(log, 2, [2]), a=noisy(log, 3, 3), **noisy(log, 4, {"b": 4}))


def call_with_keyword_before_star(log):
    return kw(a=noisy(log, "a", 1), *noisy(log, "star", [2]))  # noqa: B026


def call_shapes(log):
    return kw(), kw(1), kw(1, 2), kw(1, 2, 3), kw(1, 2, 3, 4), kw(a=1), kw(1, a=2), kw(1, 2, a=3, b=4), kw(1, 2, 3, 4, 5, a=6)


def call_stars(log):
    values, names = [1, 2], {"a": 3}
    return kw(*values), kw(0, *values), kw(*values, 0), kw(*values, *values), kw(**names), kw(*values, **names), kw(0, b=1, **names)


def call_of_many_arguments(log):
    return kw(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33)


def call_of_fifteen_keywords(log):
    return kw(a=0, b=1, c=2, d=3, e=4, f=5, g=6, h=7, i=8, j=9, k=10, l=11, m=12, n=13, o=14)


def call_of_int(log):
    return noisy(log, "callee", 5)(noisy(log, "argument", 1))


def call_misses_an_argument(log):
    return boom.__class__.__get__()


def call_star_of_int(log):
    return kw(*noisy(log, "star", 1))


def call_double_star_of_list(log):
    return kw(**[])


def call_keyword_twice(log):
    return kw(a=1, **{"a": 2})


def call_unknown_keyword(log):
    return len([], x=noisy(log, 1, 1))


def method_shapes(log):
    box = Box(call=kw)
    return box.call(1), box.call(1, a=2), box.call(*[1]), box.call(), Box.name_of(box), Box.make(x=1).x, box.name_of()


def method_missing(log):
    return [1].apend(noisy(log, "argument", 2))


def method_missing_wins_over_unbound_argument(log):
    if log is None:
        argument = 1
    return [].apend(argument)


def method_of_builtin_fails(log):
    return {}.pop(noisy(log, 1, "a"))


def method_of_builtin_wrong_arguments(log):
    return [].append(1, 2)


def method_of_none(log):
    box = Box(lock=None)
    return box.lock.acquire(noisy(log, 1, 1))


def method_chain_over_lines(log):
    return (
        Box(x="a b c")
        .x.split()
        .index(
            "d",
        )
    )


def function_chain_over_lines(log):
    return operator.itemgetter(
        1,
    )(
        [0],
    )


def imported_function_over_lines(log):
    return operator.getitem(
        [1],
        noisy(log, 1, 4),
    )


def walrus(log):
    if (found := noisy(log, 1, 5)) > 3:
        return found, [last := i for i in range(3)], last


def walrus_in_argument(log):
    return kw(a := 1, a + 1, b=(a := 5)), a


def f_strings(log):
    value = [1, 2]
    return f"{value} {value!r:>10} {number:{number}d} {value=} {noisy(log, 1, 'x')!s} {'q' + 'r'}"


def f_string_fails(log):
    return f"{noisy(log, 1, 1)} {1 / 0} {noisy(log, 2, 2)}"


def f_string_bad_format(log):
    return f"{[1]:d}"


def list_comprehension(log):
    return [(x, y) for x in noisy(log, "first", [1, 2]) if x for y in noisy(log, "second", [3, 4]) if y > x]


def set_and_dict_comprehension(log):
    return {x % 2 for x in range(4)}, {noisy(log, ("k", x), x): noisy(log, ("v", x), -x) for x in range(2)}


def nested_comprehension(log):
    factor = 2
    return [[factor * x for x in row] for row in [[1], [2, 3]]]


def comprehension_variable_does_not_leak(log):
    x = 1
    return [x for x in range(3)], x


def comprehension_captured(log):
    return [f() for f in [lambda: x for x in range(3)]], [f() for f in [lambda x=x: x for x in range(3)]]


def comprehension_shadows_free_variable(log):
    i = 10

    def inner():
        return [i for i in range(2)], i

    return inner(), i


def comprehension_unpacks(log):
    return [a + b for a, (b, *_) in [(1, (2, 3)), (4, [5])]]


def comprehension_over_one(log):
    return [y for x in [1, 2] for y in [x * x]]


def comprehension_fails(log):
    return [1 // x for x in [1, 0]]


def generator_expression(log):
    made = (noisy(log, x, x) for x in noisy(log, "source", [1, 2]))
    log("made")
    return list(made), sum(x for x in range(5)), max((x for x in [1, 3, 2]), key=lambda x: -x)


def generator_expression_is_lazy(log):
    made = (1 // x for x in [1, 0])
    return next(made), next(made)


def displays(log):
    return [*[1], 2, *(3,)], (*[1],), {*[1], 2}, {**{"a": 1}, "b": 2, **{"a": 3}}, [*{"x": 1}], {1: 2}


def display_of_int(log):
    return [*noisy(log, 1, 1)]


def display_mapping_of_list(log):
    return {**noisy(log, 1, [])}


def lambdas(log):
    f = lambda x, *a, k=noisy(log, "default", 2), **kw: (x, a, k, kw)  # noqa: E731
    return f(1), f(1, 2, k=3, z=4), f.__name__, f.__code__.co_argcount


def conditional_import_style_names(log):
    import os.path as p, sys as s  # noqa: E401

    return p.join("a", "b"), s.maxsize > 0


def temporaries_die_at_once(log):
    Dying(log, "a").value
    log("after attribute")
    Dying(log, "b").value = 1
    log("after store")
    Dying(log, "c").method(Dying(log, "d"))
    log("after call")
    [Dying(log, "e")][0]
    log("after item")
    Dying(log, "f").value += 1
    log("after augmented")
    {0: Dying(log, "g")}[0].value
    log("after chain")


def arguments_die_in_the_callee(log):
    def callee(thing):
        del thing
        log("deleted")

    callee(Dying(log, "a"))
    log("returned")


def receiver_dies_after_the_call(log):
    Dying(log, "a").method(1)
    log("returned")
    return Dying(log, "b").chained().chained().value


def comparison_operands_die(log):
    Dying(log, "a") == Dying(log, "b")  # noqa: B015
    log("compared")
    Dying(log, "a") in [Dying(log, "b")]  # noqa: B015
    log("contained")


def loop_values_die(log):
    for thing in [Dying(log, i) for i in range(3)]:
        log("in loop")
        del thing
    for _ in (Dying(log, i) for i in range(2)):
        log("next")
    del _
    log("end")
