"""Named tuples of arrays that kernels pass to each other by address.

numba passes a tuple by value: every array in it is seven arguments of every call. A host has some sixty arrays, and most of the
time a kernel took to compile, and much of a short kernel's time to run, went into handing them over. A tuple of a type marked here
is unpacked once, in Python, before the first call of a kernel with it: in each kernel, the code that does so took as long to compile as
most kernels themselves. Every call passes the address, and a member is read where it is used.

A tuple does not change and holds its arrays, so what was unpacked is right as long as the tuple lives; the compiler is told that what
is read stays as it is.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import (
    NativeValue,
    lower_getattr_generic,
    register_model,
    typeof_impl,
    unbox,
)

from systems.kernels.numba_ext.hooks import is_hooks

ir: Any = getattr(cgutils, "ir")  # noqa: B009  (llvmlite's, in the version numba works with)

_WORDS = ir.IntType(64).as_pointer()
"""How LLVM sees the members: as words. The type of them all, spelled out wherever one was read, was nine tenths of what LLVM had to read."""


class ByAddress(types.Type):
    """The type, in kernels, of the address of a named tuple; nested tuples are reached by address too."""

    def __init__(self, members: Any) -> None:
        """Take the type that numba gives the tuple itself."""
        self.members = members
        self._digest = hashlib.sha256(repr(members).encode()).hexdigest()
        super().__init__(name=f"{members.instance_class.__name__}_{self._digest[:12]}")

    def is_apart(self, name: str) -> bool:
        """Tell whether the array of this name shares no memory with other members."""
        return name not in self.members.instance_class.views

    def address_of(self, builder: Any, address: Any, name: str) -> Any:
        """Return the address of the first word of a member."""
        before = self.members.types[: self.members.fields.index(name)]
        return cgutils.gep_inbounds(builder, address, sum(_number_of_words(each) for each in before))

    @property
    def key(self) -> Any:
        """Return what tells this type from others: a digest, for numba hashes it at every call."""
        return self._digest


class _Unpacked:
    """What a tuple keeps beside its members: its type in kernels, and its members as they are unpacked."""

    views: tuple[str, ...]
    kernel_type: ByAddress | None = None
    kernel_address = 0
    kernel_memory: Any = None

    def __getstate__(self) -> None:
        """Leave all of it behind when the tuple is copied or pickled: a copy has arrays of its own."""

    def unpacked(self) -> int:
        """Return the address of the members as kernels read them, which live as long as the tuple."""
        if not self.kernel_address:
            self.kernel_memory = np.array(list(_words(self)), np.int64)
            self.kernel_address = int(self.kernel_memory.ctypes.data)
        return self.kernel_address


def _words(value: Any) -> Iterator[int]:
    """List the words of a member as numba lays it out; those of an array are no owners, size, address, lengths and strides (bytes)."""
    if isinstance(value, np.ndarray):
        plain = value.view(np.ndarray)
        yield from (0, 0, plain.size, plain.itemsize, plain.ctypes.data, *plain.shape, *plain.strides)
    elif isinstance(value, tuple) and (type(value) is tuple or isinstance(value, _Unpacked)):
        for member in value:
            yield from _words(member)
    elif is_hooks(value):
        yield 0
    else:
        raise TypeError(f"a tuple that holds {type(value)} cannot be passed by address")


def _number_of_words(kind: Any) -> int:
    """Return how many words `_words` gives for a member of this type."""
    if isinstance(kind, types.Array):
        return 5 + 2 * int(kind.ndim)
    members: tuple[Any, ...] | None = getattr(kind, "types", None)  # of a tuple
    return 1 if members is None else sum(_number_of_words(each) for each in members)


def by_address(cls: type, views: tuple[str, ...] = ()) -> type:
    """Have kernels take values of the named tuple `cls`, whose members are arrays, hooks, tuples of arrays or such tuples, by address.

    `views` names the arrays of numbers that share memory with other members.
    """
    own = {name: getattr(cls, name) for name in ("__doc__", "__module__", "__qualname__", "__annotations__")}
    kept = type(cls.__name__, (cls, _Unpacked), {**own, "views": views})

    @typeof_impl.register(kept)
    def typeof(value: Any, context: Any) -> ByAddress:
        if value.kernel_type is None:
            value.kernel_type = _type_of(value, context)
        found: ByAddress = value.kernel_type
        return found

    return kept


_types: dict[Any, ByAddress] = {}
"""The type of each layout of a tuple: numba works it out anew, field by field, for every array of every tuple."""


def _type_of(value: Any, context: Any) -> ByAddress:
    layout = type(value), tuple(_layout(member, context) for member in value)
    if layout not in _types:
        members = [typeof_impl(member, context) for member in value]
        plain = [m.members if isinstance(m, ByAddress) else m for m in members]
        _types[layout] = ByAddress(types.NamedTuple(plain, type(value)))
    return _types[layout]


def _layout(value: Any, context: Any) -> Any:
    """Return what tells the type of a member, and is found without looking at its fields: all that numba asks of an array."""
    if isinstance(value, np.ndarray):
        plain = value.view(
            np.ndarray
        )  # whose attributes are quick to read; a view has the record type of the table itself
        return plain.dtype, plain.ndim, plain.flags.num
    if type(value) is tuple:
        return tuple(_layout(member, context) for member in value)
    return typeof_impl(value, context)


@register_model(ByAddress)
class _AddressModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: ByAddress) -> None:
        super().__init__(manager, fe_type, _WORDS)


@unbox(ByAddress)
def _unpack(typ: ByAddress, value: Any, c: Any) -> NativeValue:  # noqa: ARG001 - numba's interface
    """Pass the address of the members, which are unpacked if they have not been."""
    known = c.pyapi.call_method(value, "unpacked")
    found = cgutils.alloca_once_value(c.builder, cgutils.get_null_value(cgutils.voidptr_t))
    # a signal may raise an exception in any call of Python
    with c.builder.if_then(cgutils.is_not_null(c.builder, known)):
        c.builder.store(c.pyapi.long_as_voidptr(known), found)
        c.pyapi.decref(known)
    address = c.builder.load(found)
    return NativeValue(c.builder.bitcast(address, _WORDS), is_error=cgutils.is_null(c.builder, address))


@infer_getattr
class _Members(AttributeTemplate):
    key = ByAddress

    def generic_resolve(self, typ: ByAddress, name: str) -> Any:
        return _type_of_member(typ, name)


@cache
def _type_of_member(typ: ByAddress, name: str) -> Any:
    if name not in typ.members.fields:
        return None
    member = typ.members.types[typ.members.fields.index(name)]
    return ByAddress(member) if isinstance(member, types.NamedTuple) else member


@lower_getattr_generic(ByAddress)
def _read_member(context: Any, builder: Any, typ: ByAddress, address: Any, name: str) -> Any:
    member = typ.address_of(builder, address, name)
    kind = typ.members.types[typ.members.fields.index(name)]
    if isinstance(kind, types.NamedTuple):
        return member
    value = read_member(context, builder, kind, member)
    return impl_ret_borrowed(
        context, builder, kind, value
    )  # counts the reference, where references are counted


def read_member(context: Any, builder: Any, kind: Any, address: Any) -> Any:
    """Read a member whole."""
    return read_constant(builder, builder.bitcast(address, context.get_value_type(kind).as_pointer()))


def read_field(context: Any, builder: Any, kind: Any, address: Any, name: str, place: int = 0) -> Any:
    """Read a field of an array at `address`, as numba lays it out: "data", or one length of its "shape"; those before these are a word each."""
    position = context.data_model_manager[kind].get_field_position(name)
    word = cgutils.gep_inbounds(builder, address, position + place)
    its = (
        context.get_data_type(kind.dtype).as_pointer()
        if name == "data"
        else context.get_value_type(types.intp)
    )
    return read_constant(builder, builder.bitcast(word, its.as_pointer()))


def read_constant(builder: Any, address: Any) -> Any:
    """Read a value that stays as it is, leaf by leaf, so that the compiler drops the leaves that are not used."""
    kind = address.type.pointee
    if isinstance(kind, ir.LiteralStructType | ir.ArrayType):
        parts = len(kind.elements) if isinstance(kind, ir.LiteralStructType) else kind.count
        whole = ir.Constant(kind, ir.Undefined)
        for i in range(parts):
            whole = builder.insert_value(
                whole, read_constant(builder, cgutils.gep_inbounds(builder, address, 0, i)), i
            )
        return whole
    leaf = builder.load(address)
    leaf.set_metadata("invariant.load", builder.module.add_metadata([]))
    return leaf
