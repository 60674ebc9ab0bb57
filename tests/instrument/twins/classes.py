"""Classes: bodies, super(), name mangling, descriptors, metaclasses, dataclasses."""

import abc
import collections
import dataclasses
import enum
import functools
import typing

from tests.instrument.things import Box, noisy


class Base:
    """Doc."""

    total = 0
    __private = 1

    def __init__(self, value=0):
        self.value = value
        self.__hidden = value
        Base.total += 1

    def method(self, x):
        return "base", x

    @classmethod
    def make(cls, *args):
        return cls(*args)

    @staticmethod
    def add(a, b):
        return a + b

    @property
    def hidden(self):
        return self.__hidden

    @hidden.setter
    def hidden(self, value):
        self.__hidden = value

    def private(self):
        self.__hidden += self.__private
        self.__table = {"__k": 1}
        self.__table["__k"] += 1
        return self.__dunder__(), self.__hidden, self.__secret(1)

    def __dunder__(self):
        return sorted(vars(self))

    def __secret(self, __argument):
        try:
            return [__argument for __x in [1]], __missing  # noqa: F821
        except NameError as error:
            return str(error)


class Child(Base):
    def __init__(self, value):
        super().__init__(value)
        self.child = True

    def method(self, x):
        def nested():
            return super(Child, self).method(x)

        return super().method(x), nested(), __class__.__name__, [super(Child, self).method(y) for y in [1]]

    @classmethod
    def make(cls, *args):
        return super().make(*args)

    def missing(self):
        return super().no_such_method(1)

    def attribute(self):
        return super().total, super().hidden


def simple_class(log):
    Base.total = 0
    base = Base(5)
    base.hidden = 7
    return base.hidden, base.method(1), Base.make(3).value, base.add(1, 2), Base.total, Base.__doc__


def name_mangling(log):
    return Base(1).private()


def super_calls(log):
    child = Child.make(3)
    return child.method(2), child.value, child.attribute()


def super_fails(log):
    return Child(1).missing()


def class_defined_inside(log):
    factor = 2

    class Inside(Base):
        scale = factor
        names = [noisy(log, i, i) for i in range(2)]
        table = {"a": 1}
        table["a"] += 1
        if factor:
            extra = scale * 2

        class Deeper:
            value = 5

        def method(self, x):
            return super().method(x), __class__ is Inside, factor, self.Deeper.value

        f = lambda self: self.scale  # noqa: E731

    inside = Inside()
    return inside.method(1), inside.f(), Inside.extra, Inside.names, Inside.table, Inside.__qualname__, sorted(vars(Inside))


def class_body_sees_globals(log):
    class Inside:
        total = Base.total
        noisy = noisy

        def method(self):
            return noisy(log, 1, 1)

    return Inside.noisy is noisy, Inside().method()


def class_with_metaclass(log):
    class Meta(type):
        @classmethod
        def __prepare__(meta, name, bases, **names):
            log(("prepare", name, names))
            return {}

        def __new__(meta, name, bases, namespace, **names):
            log(sorted(namespace))
            return super().__new__(meta, name, bases, namespace)

        def __call__(cls, *args):
            log("call")
            return super().__call__(*args)

        def __getattr__(cls, name):
            return name.upper()

    class Made(Base, metaclass=Meta, option=noisy(log, "option", 1)):
        x = 1

    return Made(5).value, Made.missing, type(Made).__name__


def init_subclass_and_set_name(log):
    class Named:
        def __set_name__(self, owner, name):
            log((owner.__name__, name))

        def __get__(self, instance, owner=None):
            return "got"

    class Parent:
        def __init_subclass__(cls, **names):
            super().__init_subclass__()
            log(names)

    class Heir(Parent, option=1):
        field = Named()

    return Heir().field, Heir.field


def class_fails(log):
    class Fails(Base):
        x = 1
        y = x.missing


def class_decorated(log):
    def add(cls):
        cls.added = log("decorating") or 1
        return cls

    @add
    class Decorated:
        pass

    return Decorated.added, Decorated.__name__


def dataclass_made_here(log):
    @dataclasses.dataclass(order=True)
    class Point:
        x: int
        y: int = 0
        tags: list = dataclasses.field(default_factory=list)

        def moved(self, by):
            return dataclasses.replace(self, x=self.x + by)

    return Point(1), Point(1) < Point(2), Point(1, tags=[1]).moved(3), Point(1) == Point(1)


def namedtuple_made_here(log):
    Pair = collections.namedtuple("Pair", "a b", defaults=[2])

    class Typed(typing.NamedTuple):
        a: int
        b: str = "x"

    return Pair(1), Pair(1)._replace(a=3), Typed(1), Typed(1).b


def enum_made_here(log):
    class Shade(enum.Enum):
        DARK = 1
        LIGHT = 2

        @property
        def other(self):
            return Shade(3 - self.value)

    return Shade.DARK.other, list(Shade), Shade["LIGHT"]


def slots(log):
    class Slotted:
        __slots__ = ("x", "__dict__")

        def __init__(self):
            self.x = 1
            self.y = 2
            self.x += 1

    slotted = Slotted()
    del slotted.x
    try:
        slotted.x  # noqa: B018
    except AttributeError as error:
        return str(error), vars(slotted)


def descriptors(log):
    class Descriptor:
        def __get__(self, instance, owner):
            return log(("get", instance is None)) or 5

        def __set__(self, instance, value):
            log(("set", value))

        def __delete__(self, instance):
            log("delete")

    class Owner:
        field = Descriptor()

    owner = Owner()
    owner.field += 1
    del owner.field
    return owner.field, Owner.field


def cached_properties(log):
    class Cached:
        @functools.cached_property
        def slow(self):
            return noisy(log, "computed", 5)

        @functools.lru_cache  # noqa: B019
        def memo(self, x):
            return noisy(log, x, x)

    cached = Cached()
    return cached.slow, cached.slow, cached.memo(1), cached.memo(1), vars(cached)


def abstract_class(log):
    class Abstract(abc.ABC):
        @abc.abstractmethod
        def method(self): ...

    return Abstract()


def special_methods(log):
    class Special:
        def __getattr__(self, name):
            return log(("getattr", name)) or name

        def __call__(self, *args, **names):
            return args, names

        def __len__(self):
            return log("len") or 0

        def __getitem__(self, key):
            if key > 2:
                raise IndexError
            return key

        def __format__(self, spec):
            return log(("format", spec)) or "formatted"

        def __repr__(self):
            return log("repr") or "repr"

        def __index__(self):
            return 1

    special = Special()
    return special.missing, special(1, a=2), bool(special), list(special), 2 in special, f"{special:>3}", f"{special!r}", [5, 6][special]


def iterator_class(log):
    class Counter:
        def __init__(self):
            self.n = 0

        def __iter__(self):
            return self

        def __next__(self):
            self.n += 1
            if self.n > 3:
                raise StopIteration
            return self.n

    a, *rest = Counter()
    return [x for x in Counter()], a, rest, sum(Counter()), dict(zip(Counter(), "abc", strict=True)), 2 in Counter()


def iterator_class_fails(log):
    class Fails:
        def __iter__(self):
            return self

        def __next__(self):
            return 1 // 0

    for _ in Fails():
        pass


def inheritance_diamond(log):
    class A:
        def f(self):
            return ["A"]

    class B(A):
        def f(self):
            return ["B", *super().f()]

    class C(A):
        def f(self):
            return ["C", *super().f()]

    class D(B, C):
        def f(self):
            return ["D", *super().f()]

    return D().f(), [k.__name__ for k in D.__mro__]


def unbound_and_bound(log):
    method = Base.method
    bound = Base(1).method
    return method(None, 2), bound(3), bound.__func__ is Base.method, bound.__name__, [].append.__name__


def dict_subclass(log):
    class Default(dict):
        def __missing__(self, key):
            self[key] = log(("missing", key)) or [key]
            return self[key]

        def __setitem__(self, key, value):
            log(("set", key))
            super().__setitem__(key, value)

    made = Default()
    made["a"].append(1)
    made["b"] = 2
    made["b"] += 1
    return made, collections.Counter("abca"), collections.OrderedDict(a=1), collections.ChainMap({"a": 1}, {"b": 2})["b"]


def callable_that_compares(log):
    class Called:
        def __eq__(self, other):
            return noisy(log, "compared", self is other)

        def __hash__(self):
            return noisy(log, "hashed", 1)

        def __call__(self, *args, **names):
            return noisy(log, "called", args)

    called = Called()
    called(called), called(1, called), called(*[called]), getattr(called, "__call__")(x=called)
    return list(map(called, [called])), functools.partial(called, called)(1)[0] is called


def property_that_is_called_fails(log):
    class Failing:
        @property
        def value(self):
            raise AttributeError(log("inside"))

    class Answering(Failing):
        def __getattr__(self, name):
            return super().__getattribute__(name)

    for kind in (Failing, Answering, Base):
        try:
            kind().value(1)
        except Exception as error:  # where it has a name, others are suggested
            log((str(error), getattr(error, "name", 0), type(getattr(error, "obj", 0)).__name__))


def dict_that_is_asked_by_python(log):
    class Asked(dict):
        def __contains__(self, key):
            return noisy(log, ("asked", key), super().__contains__(key))

    made = Asked()
    made["max"] = made["min"] = 1
    del made["min"]
    made |= {"len": made.setdefault("abs", 2)}
    made.update(id=3)
    return made.pop("id"), "max" in made, dict(made)


def default_dict(log):
    plain, python = collections.defaultdict(list), collections.defaultdict(lambda: noisy(log, "made", []))
    plain["a"].append(1)
    python["a"].append(2)
    python["a"] += [3]
    return plain, dict(python), plain.get("x"), "x" in python


def default_dict_fails(log):
    return collections.defaultdict(lambda: 1 // 0)["a"]


def annotations(log):
    class Annotated:
        x: int
        y: "str" = "a"
        z: typing.ClassVar[list[Base]] = []

        def method(self, a: Base, *, b: "int" = 1) -> typing.Optional[Base]:
            inner: dict[str, Base] = {}
            return inner

    return Annotated.__annotations__, Annotated.method.__annotations__, typing.get_type_hints(Annotated.method)


def generic_class(log):
    T = typing.TypeVar("T")

    class Stack(typing.Generic[T]):
        def __init__(self) -> None:
            self.items: list[T] = []

        def push(self, item: T) -> None:
            self.items.append(item)

    stack = Stack[int]()
    stack.push(1)
    return stack.items, Stack[int]


def setattr_family(log):
    box = Box()
    setattr(box, "x", 1)  # noqa: B010
    vars(box)["y"] = 2
    box.__dict__["z"] = 3
    delattr(box, "x")
    return getattr(box, "y"), getattr(box, "x", "none"), hasattr(box, "z"), box.__dict__  # noqa: B009


def getattr_fails(log):
    return getattr(Box(value=1), noisy(log, 1, "valeu"))


def property_fails(log):
    class Fails:
        @property
        def x(self):
            return self.y

    return Fails().x


def methods_that_code_of_the_users_gives(log):
    class Gives:
        def __init__(self, log):
            self._log = log

        def __getattr__(self, name):
            self._log(name)
            if name == "none":
                raise StopIteration(name)
            return self._log

        def __del__(self):
            log("dies")

        @property
        def found(self):
            return self._log

        @property
        def fails(self):
            raise KeyError(self)

    def made():
        return Gives(log)

    made().found(log("found"))
    made().other(*(log("other"),))
    caught = []
    for call in (lambda: made().none(log("none")), lambda: made().fails(log("fails")), lambda: Gives.lacking(log(1))):
        try:
            call()
        except Exception as exception:
            caught.append((type(exception), getattr(exception, "name", ""), getattr(exception, "obj", None) is Gives))
            del exception
    return caught


def method_that_is_not_there(log):
    return Box(value=1).valeu(log("never"))


def method_that_getattr_does_not_give(log):
    class Fails:
        def __getattr__(self, name):
            raise AttributeError(name)

    return Fails().method(log("never"))


def method_that_a_property_does_not_give(log):
    class Fails:
        @property
        def method(self):
            return self.y

    return Fails().method(log("never"))


def new_and_init(log):
    class Made:
        def __new__(cls, *args):
            log(args)
            return super().__new__(cls)

        def __init__(self, *args):
            self.args = args

    return Made(1, 2).args


def del_method(log):
    class Gone:
        def __del__(self):
            log(self.name)

    gone = Gone()
    gone.name = "gone"
    del gone
    log("after")


def dict_is_a_property(log):
    class Proxy:
        def __init__(self):
            self.x = 1

        @property
        def __dict__(self):
            log("dict")
            return {"y": 2}

        def method(self):
            return self.x

    proxy = Proxy()
    proxy.x += 1
    Proxy().x = 3
    Proxy().method()
    return proxy.method(), vars(proxy), proxy.__dict__
