"""What twins and programs are made of: objects that tell what is done to them. Never instrumented."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Iterator
from typing import Any

Log = Callable[[Any], None]


def noisy(log: Log, name: Any, value: Any) -> Any:
    """`value`, having logged that it was evaluated."""
    log(name)
    return value


def kw(*args: Any, **names: Any) -> Any:
    return args, names


def told(error: BaseException) -> str:
    """An exception with its traceback, as it is printed."""
    return "".join(traceback.format_exception(error))


def boom(*args: Any) -> Any:
    raise RuntimeError("boom")


class Box:
    """Any attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    @staticmethod
    def name_of(box: Any = None) -> str:
        return type(box).__name__

    @classmethod
    def make(cls, **attributes: Any) -> Box:
        return cls(**attributes)

    def __repr__(self) -> str:
        return f"Box({self.__dict__})"


class Opaque:
    """Runs as one step, in these tests."""

    def __getitem__(self, key: object) -> int:
        return 1

    def __setitem__(self, key: object, value: object) -> None: ...

    def __delitem__(self, key: object) -> None: ...

    def __contains__(self, key: object) -> bool:
        return True

    def __len__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[int]:
        return iter((1,))

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1

    def __neg__(self) -> int:
        return 1

    def __iadd__(self, other: object) -> Opaque:
        return self

    def __rsub__(self, other: object) -> int:
        return 1

    def __call__(self) -> None: ...

    def __format__(self, spec: str) -> str:
        return ""

    def __enter__(self) -> None: ...

    def __exit__(self, *raised: object) -> None: ...

    @property
    def prop(self) -> int:
        return 1

    @prop.setter
    def prop(self, value: object) -> None: ...

    @prop.deleter
    def prop(self) -> None: ...

    def __getattr__(self, name: str) -> int:
        return 1

    def __setattr__(self, name: str, value: object) -> None: ...


class Filling(dict[str, int]):
    """A class whose `__missing__` isn't instrumented."""

    def __missing__(self, key: str) -> int:
        return 1


@dataclasses.dataclass(unsafe_hash=True)
class Point:
    x: object


def runs_as_one_step(function: Any) -> bool:
    return str(getattr(function, "__qualname__", "")).startswith(("Filling.", "Opaque.", "Point.", "__create_fn__"))


class Counted:
    """Logs every way in which an attribute is taken."""

    def __init__(self, log: Log) -> None:
        object.__setattr__(self, "log", log)

    def __getattribute__(self, name: str) -> Any:
        if name != "log":
            object.__getattribute__(self, "log")(("getattribute", name))
        return object.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        object.__getattribute__(self, "log")(("getattr", name))
        return name

    def __setattr__(self, name: str, value: Any) -> None:
        object.__getattribute__(self, "log")(("setattr", name, value))
        object.__setattr__(self, name, value)

    @property
    def size(self) -> Any:
        return self.log("size")

    @size.setter
    def size(self, value: Any) -> None:
        self.log(("size", value))

    @size.deleter
    def size(self) -> None:
        self.log("del size")


class Matrix:
    """Logs every operator."""

    def __init__(self, log: Log, truth: Any = None) -> None:
        self.log = log
        self.truth = truth

    def __getitem__(self, key: Any) -> Any:
        return self.log(("getitem", key)) or key

    def __setitem__(self, key: Any, value: Any) -> None:
        self.log(("setitem", key, value))

    def __delitem__(self, key: Any) -> None:
        self.log(("delitem", key))

    def __bool__(self) -> bool:
        self.log("bool")
        return bool(self.truth()) if self.truth else True

    def __contains__(self, other: Any) -> bool:
        self.log(("contains", other))
        return bool(other == 1)

    def __eq__(self, other: object) -> Any:
        self.log("eq")
        return ["any", "object"]

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> Any:
        return self.log("lt") or "less"

    def __neg__(self) -> str:
        return "neg"

    def __matmul__(self, other: Any) -> Any:
        return self.log("matmul") or 7

    def __iadd__(self, other: Any) -> Any:
        self.log(("iadd", other))
        return self

    def __add__(self, other: Any) -> Any:
        return self.log(("add", other)) or "sum"

    def __iter__(self) -> Any:
        self.log("iter")
        return iter([1, 2])

    def __enter__(self) -> Any:
        self.log("enter")
        return "entered"

    def __exit__(self, *what: Any) -> Any:
        self.log(("exit", what[0]))
        return self.truth


class Dying:
    """Logs when it dies."""

    value = 0

    def __init__(self, log: Log, name: Any) -> None:
        self.log, self.name = log, name

    def method(self, argument: Any) -> None:
        self.log(("method", self.name))

    def chained(self) -> Dying:
        return Dying(self.log, self.name + "'")

    def __del__(self) -> None:
        self.log(("died", self.name))


def dict_of(thing: Any) -> dict[str, Any]:
    """An instance's dict, of which no hook tells."""
    return vars(thing)


def hands_over(function: Callable[[Any], Any], make: Callable[[], Any], keep: Callable[[Any], Any]) -> Any:
    """Calls a function with an object that `keep` has got too. Compiled as it is: from 3.14 on the argument is
    borrowed."""
    thing = make()
    keep(thing)
    return function(thing)
