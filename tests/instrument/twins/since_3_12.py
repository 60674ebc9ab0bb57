"""Syntax of 3.12: type parameters, type aliases, nested f-strings."""

import inspect

from tests.instrument.things import Box, noisy

base = Box


def generic_function(log):
    def first[T](items: list[T], default: T = noisy(log, "default", None)) -> T:
        return items[0] if items else default

    return first([1]), first([]), first.__type_params__, inspect.get_annotations(first)


def generic_function_uses_its_parameter(log):
    def name[T, *Ts, **P](x: T):
        return T.__name__, Ts.__name__, P.__name__, x

    return name(1)


def generic_class(log):
    class Stack[T: (int, str)](Box):
        def __init__(self) -> None:
            super().__init__(items=[])

        def push(self, item: T) -> T:
            self.items.append(item)
            self.items[0] += item
            return T

    stack = Stack[int]()
    return stack.push(2), stack.items, Stack.__type_params__, Stack.__orig_bases__, sorted(vars(Stack))


def generic_method(log):
    factor = 2

    class Holder:
        scale = 3

        def method[T](self, x: T) -> tuple[T, "Holder"]:
            return x * factor * self.scale, __class__.__name__

    return Holder().method(2), Holder.method.__annotations__


def type_alias(log):
    type Pairs[T] = list[tuple[T, base]]
    return Pairs.__value__, Pairs[int], Pairs.__name__


def type_alias_is_lazy(log):
    type Broken = no_such_name  # noqa: F821
    return Broken.__value__


def nested_f_strings(log):
    table = {"a": 1}
    return f"{f"{table["a"]}" + "x"} {'\n'.join(f"{i}" for i in [1, 2])} {table["a"]:{">" + str(5)}}"


def inlined_comprehension_locals(log):
    x = 1
    return [sorted(locals()) for y in [1]], x


def inlined_comprehension_in_class(log):
    outer = 5

    class Inside:
        values = [1, 2]
        doubled = [v * outer for v in values]
        functions = [lambda: v for v in values]

    return Inside.doubled, [f() for f in Inside.functions]


def inlined_comprehension_nested_with_cells(log):
    functions = [[lambda: (x, y) for y in range(2)] for x in range(2)]
    x = "outer"
    return [[f() for f in row] for row in functions], (lambda: x)()


def inlined_comprehension_fails(log):
    x = 5
    try:
        [x.missing for x in [1]]
    except AttributeError:
        return x


def static_attributes(log):
    class Made:
        def __init__(self):
            self.x = 1
            self.y, self.z = 1, 2
            self.w += 1

        def method(self):
            for self.i in []:
                pass
            with Box() as self.j:
                pass

    return sorted(getattr(Made, "__static_attributes__", ()))
