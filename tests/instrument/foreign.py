"""C code that isn't CPython's own, as an extension module would bring it: made here, so that no compiler is needed.

Whatever is done to an instance gives its class, `PyObject_Type` serves as method and operator alike; it walks over
nothing. A function gives the class of modules.
"""

from __future__ import annotations

import ctypes
import types
from typing import Any

_api = ctypes.pythonapi


class _Slot(ctypes.Structure):
    _fields_ = (("slot", ctypes.c_int), ("function", ctypes.c_void_p))


class _Spec(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("basic_size", ctypes.c_int),
        ("item_size", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(_Slot)),
    )


class _Method(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_NOARGS, _ONE, _BASETYPE = 0x4, 0x8, 1 << 10
# Include/typeslots.h
_SUBSCRIPT, _ADD, _INPLACE_ADD, _NEGATIVE, _ITEM, _ITER, _METHODS = 5, 7, 14, 30, 44, 62, 64


def _address(name: str) -> int | None:
    return ctypes.cast(getattr(_api, name), ctypes.c_void_p).value


_gives_type = _address("PyObject_Type")
_methods = (_Method * 2)(_Method(b"look", _gives_type, _NOARGS, None), _Method())
_function = _Method(b"push", _gives_type, _ONE, None)


def _made() -> Any:
    slots = {
        **dict.fromkeys((_SUBSCRIPT, _ADD, _INPLACE_ADD, _NEGATIVE), _gives_type),
        _ITEM: _address("PyErr_Occurred"),  # NULL, and no exception: there is none
        _ITER: _address("PySeqIter_New"),
        _METHODS: ctypes.addressof(_methods),
    }
    table = (_Slot * (len(slots) + 1))(*(_Slot(*each) for each in slots.items()))
    make = _api.PyType_FromSpec
    make.restype, make.argtypes = ctypes.py_object, [ctypes.POINTER(_Spec)]
    return make(_Spec(b"foreign.Thing", object.__basicsize__, 0, _BASETYPE, table))


def _push() -> Any:
    make = _api.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, [ctypes.POINTER(_Method), ctypes.py_object, ctypes.py_object]
    return make(_function, types.ModuleType("foreign"), "foreign")


Thing = _made()
push = _push()
