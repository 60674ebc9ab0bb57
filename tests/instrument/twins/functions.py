"""Functions in all forms: parameters, closures, generators, coroutines, what `inspect`, frames and tracers see."""

import asyncio
import contextlib
import functools
import inspect
import sys
import types
import warnings

from tests.instrument.things import Box, Dying, Matrix, boom, kw, noisy

level = 0


def parameters(log):
    def f(a, b=noisy(log, "b", 2), /, c=3, *d, e=noisy(log, "e", 5), **g):
        return a, b, c, d, e, g

    return f(1), f(1, 9, 8, 7, e=6, h=5), inspect.signature(f), f.__defaults__, f.__kwdefaults__


def mutable_default(log):
    def f(x, seen=[]):  # noqa: B006
        seen.append(x)
        return seen

    f(1)
    return f(2)


def missing_argument(log):
    def f(a, b):
        pass

    f(noisy(log, 1, 1))


def decorators_order(log):
    def mark(name):
        log(("made", name))
        return lambda f: log(("applied", name)) or f

    @mark("outer")
    @mark("inner")
    def f(x=log("default")):
        return x

    return f(), f.__code__.co_firstlineno - decorators_order.__code__.co_firstlineno


def decorator_fails(log):
    @noisy(log, 1, 5)
    def f():
        pass


def decorated_wrapper(log):
    def twice(f):
        @functools.wraps(f)
        def wrapper(*args):
            return f(f(*args))

        return wrapper

    @twice
    def add(x):
        """Doc."""
        return x + 1

    return add(1), add.__name__, add.__doc__, add.__wrapped__(1), inspect.signature(add)


def shared_name_of_nested_function(log):
    @functools.lru_cache
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib(20), fib.cache_info()


def partials(log):
    return functools.partial(kw, 1, a=2)(3, b=4), functools.partial(kw)()


def closures(log):
    def outer(x):
        def middle(y):
            def inner(z):
                return x, y, z

            return inner

        return middle

    return outer(1)(2)(3), outer(1).__closure__[0].cell_contents, outer.__code__.co_cellvars


def closure_in_comprehension(log):
    factor = 3

    def scaled(values):
        return [v * factor for v in values], {v: factor for v in values}, list(v + factor for v in values)

    factor = 4
    return scaled([1, 2])


def recursion(log):
    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)

    return depth(100)


def infinite_recursion(log):
    def endless():
        return endless()

    try:
        endless()
    except RecursionError as error:
        return str(error)


def generators(log):
    def generator(n):
        for i in range(n):
            got = yield noisy(log, "out", i)
            log(("got", got))
        return "done"

    running = generator(2)
    return next(running), running.send("x"), inspect.getgeneratorstate(running), running.gi_frame.f_lineno > 0


def generator_protocol(log):
    def generator():
        try:
            while True:
                try:
                    yield 1
                except ValueError as error:
                    yield str(error)
        finally:
            log("closed")

    running = generator()
    out = [next(running), running.throw(ValueError("thrown")), next(running)]
    running.close()
    return out


def generator_raises(log):
    def generator():
        yield 1
        boom()

    return list(generator())


def yield_from(log):
    def inner():
        got = yield 1
        log(("inner", got))
        return "returned"

    def outer():
        result = yield from inner()
        log(result)
        yield from [2, 3]
        yield from ()

    running = outer()
    return next(running), running.send("sent"), list(running)


def yield_from_throw(log):
    def inner():
        try:
            yield 1
        except KeyError:
            log("caught")
            yield 2

    def outer():
        yield from inner()

    running = outer()
    return next(running), running.throw(KeyError), inspect.getgeneratorstate(running)


def yield_in_odd_places(log):
    def generator():
        box = Box()
        box.x, box.y = (yield 1), (yield 2)
        items = {(yield 3): (yield 4)}
        items[(yield 5)] = yield 6
        kw((yield 7), a=(yield 8))
        return [box.x, box.y, items, [(yield 9)], f"{(yield 10)}", (yield 11) < (yield 12), (yield 13) and 1]

    running = generator()
    log(next(running))
    try:
        for i in range(100):
            log(running.send(i))
    except StopIteration as stop:
        return stop.value


def reentered_generator(log):
    def generator():
        yield next(running)

    running = generator()
    next(running)


def coroutines(log):
    async def inner(x):
        await asyncio.sleep(0)
        return x

    async def outer():
        box = Box(x=await inner(1))
        box.x += await inner(2)
        async with Manager(log) as value:
            log(value)
        async for i in numbers(log):
            log(i)
        log([i async for i in numbers(log) if i])
        log({i: await inner(i) async for i in numbers(log)})
        return box.x, [await inner(i) for i in range(2)]

    return asyncio.run(outer())


class Manager:
    def __init__(self, log):
        self.log = log

    async def __aenter__(self):
        self.log("aenter")
        return self

    async def __aexit__(self, *what):
        self.log(("aexit", what[0]))

    def __repr__(self):
        return "Manager"


async def numbers(log):
    for i in range(2):
        yield noisy(log, "number", i)


def coroutine_fails(log):
    async def fails():
        async with Manager(log):
            await asyncio.sleep(0)
            boom()

    asyncio.run(fails())


def coroutine_awaits_int(log):
    async def fails():
        await noisy(log, 1, 5)

    asyncio.run(fails())


def async_generator_closed(log):
    async def main():
        generator = numbers(log)
        log(await generator.__anext__())
        await generator.aclose()
        try:
            await generator.__anext__()
        except StopAsyncIteration:
            return "stopped"

    return asyncio.run(main())


def types_coroutine(log):
    @types.coroutine
    def old():
        yield
        return 5

    async def main():
        return await old()

    return asyncio.run(main())


def context_managers(log):
    @contextlib.contextmanager
    def manager():
        log("in")
        try:
            yield 1
        except RuntimeError as error:
            log(str(error))
        finally:
            log("out")

    with manager() as value, contextlib.suppress(KeyError):
        log(value)
        raise KeyError
    with manager():
        boom()


def contextmanager_raises(log):
    @contextlib.contextmanager
    def manager():
        yield

    with manager():
        boom()


def frames(log):
    def inner():
        frame = sys._getframe(1)
        return frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, sorted(frame.f_locals)

    here = 1
    return inner(), sys._getframe().f_code.co_name, here


def frames_in_arguments(log):
    def depth():
        frame, n = sys._getframe(1), 0
        while frame.f_code.co_name != "frames_in_arguments":
            frame, n = frame.f_back, n + 1
        return n

    box = Box(f=depth)
    return depth(), box.f(), [depth()], kw(depth(), a=depth()), f"{depth()}", [depth() for _ in [1]] == [depth() for _ in [1]]


def operator_sees_its_caller(log):
    class Seen:
        def __add__(self, other):
            return sys._getframe(1).f_code.co_name

        __getitem__ = __getattr__ = __eq__ = __contains__ = __add__
        __hash__ = None

        def __iter__(self):
            return iter([sys._getframe(1).f_code.co_name])

    seen = Seen()
    first, *_ = seen
    return seen + 1, seen[1], seen.attribute, seen == 1, first, [*seen]


def warning_points_here(log):
    warnings.warn("shown", stacklevel=1)
    helper_that_warns()


def helper_that_warns():
    warnings.warn("at the caller", stacklevel=2)


def line_numbers_in_tracebacks(log):
    def f(x):
        return (
            x.
            a.
            b
        )  # fmt: skip

    return f(Box(a=1))


def error_in_multiline_call(log):
    return kw(
        1,
        noisy(log, 1, 2),
        boom(
            1,
        ),
    )


def error_in_multiline_operator(log):
    return (
        1
        + noisy(log, 1, 2)
        + []
    )  # fmt: skip


def error_in_multiline_subscript(log):
    items = {}
    items[
        "a"
    ][
        "b"
    ] = 1  # fmt: skip


def error_in_lambda(log):
    return (lambda x: x.missing)(1)


def error_in_nested_comprehension(log):
    return [[y.missing for y in [x]] for x in [1]]


def error_in_generator_expression(log):
    return sum(1 / x for x in [1, 0])


def error_in_default(log):
    def f(x=boom()):  # noqa: B008
        pass


def error_with_notes(log):
    try:
        boom()
    except RuntimeError as error:
        error.add_note("noted")
        raise


def error_with_context(log):
    try:
        try:
            boom()
        finally:
            {}["missing"]
    finally:
        [].missing  # noqa: B018


def traceback_locals(log):
    box = Box(x=1)
    try:
        box.x += boom()
    except RuntimeError as error:
        return sorted(error.__traceback__.tb_frame.f_locals)


def globals_builtins(log):
    return sorted(globals()) == sorted(vars(sys.modules[__name__])) if __name__ in sys.modules else "level" in globals()


def names_of_code(log):
    code = parameters.__code__
    return code.co_name, code.co_qualname, code.co_varnames, code.co_freevars, code.co_argcount, code.co_flags


def varnames_and_cells(log):
    def f(a, b=1):
        c = a

        def g():
            nonlocal c
            c += b
            return c

        return g

    code = f.__code__
    return code.co_varnames, code.co_cellvars, code.co_freevars, f(1)(), f(1).__code__.co_freevars, f.__code__.co_stacksize > 0


def source_is_found(log):
    return inspect.getsource(helper_that_warns), inspect.getsourcelines(closures)[1] > 0


def global_in_nested(log):
    def f():
        global level
        level += 1

        def g():
            return level

        return g()

    return f(), f()


def temporaries_in_generator_die(log):
    def generator():
        yield Dying(log, "a").value
        log("between")
        yield [Dying(log, "b")][0].value

    return list(generator())


def exceptions_let_go(log):
    def fails():
        kept = Dying(log, "kept")
        kept.value += boom()

    try:
        fails()
    except RuntimeError:
        log("handling")
    log("handled")


def iteration_lets_go(log):
    items = [Dying(log, i) for i in range(3)]
    for thing in items:
        items.remove(thing)
        thing = None
        log("removed")


def truth_of_matrix_in_loop(log):
    count = 0
    matrix = Matrix(log)
    while matrix and count < 2:
        count += 1
    assert not matrix or count
    return count


def star_import_names(log):
    names = {}
    exec("from os.path import *", names)
    return "join" in names


def sorted_with_key(log):
    return sorted([3, 1, 2], key=lambda x: noisy(log, x, -x)), max([1, 2], key=Box(f=abs).f), functools.reduce(lambda a, b: a + b, [1, 2])


def pickles_by_name(log):
    import pickle

    return pickle.loads(pickle.dumps(Box)) is Box
