"""Named tuples of arrays that kernels pass to each other by address.

numba passes a tuple by value: every array in it is seven arguments of every call. A host has some sixty arrays, and most of the
time a kernel took to compile, and much of a short kernel's time to run, went into handing them over. A tuple type marked here is
unpacked once, where Python calls a kernel; from there on its address is passed, and a member is read where it is used.

Nothing replaces a member while a kernel runs, so the compiler is told that what is read stays as it is.
"""

import hashlib
import weakref
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

ir: Any = getattr(cgutils, "ir")  # noqa: B009  (llvmlite's, in the version numba works with)


class ByAddress(types.Type):
    """The type, in kernels, of the address of a named tuple; nested tuples are reached by address too."""

    def __init__(self, members: Any) -> None:
        """Take the type that numba gives the tuple itself."""
        self.members = members
        digest = hashlib.sha256(repr(members).encode()).hexdigest()[:12]
        super().__init__(name=f"{members.instance_class.__name__}_{digest}")

    @property
    def key(self) -> Any:
        """Return what tells this type from others."""
        return self.members


def by_address(cls: type) -> type:
    """Let kernels take values of the named tuple `cls`, whose members are arrays, hooks or such tuples, by address.

    numba asks for the type at every call from Python, and to find it takes milliseconds; so the last answer is kept. It holds for the
    same tuple: one with the same id and the same first array, which is remembered without being kept alive.
    """
    last: list[Any] = [0, _nothing, None]

    @typeof_impl.register(cls)
    def typeof(value: Any, context: Any) -> ByAddress:
        array = next(member for member in value if isinstance(member, np.ndarray))
        if last[0] != id(value) or last[1]() is not array:
            last[:] = id(value), weakref.ref(array), _type_of(value, context)
        return last[2]

    return cls


def _nothing() -> None:
    return None


def _type_of(value: Any, context: Any) -> ByAddress:
    members = [typeof_impl(member, context) for member in value]
    plain = [m.members if isinstance(m, ByAddress) else m for m in members]
    return ByAddress(types.NamedTuple(plain, type(value)))


@register_model(ByAddress)
class _AddressModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: ByAddress) -> None:
        super().__init__(manager, fe_type, manager.lookup(fe_type.members).get_value_type().as_pointer())


@unbox(ByAddress)
def _unpack(typ: ByAddress, value: Any, c: Any) -> NativeValue:
    """Unpack the tuple into the stack of the call from Python, which outlives the kernel."""
    members = c.unbox(typ.members, value)
    address = cgutils.alloca_once_value(c.builder, members.value)
    return NativeValue(address, is_error=members.is_error, cleanup=members.cleanup)


@infer_getattr
class _Members(AttributeTemplate):
    key = ByAddress

    def generic_resolve(self, typ: ByAddress, name: str) -> Any:
        if name not in typ.members.fields:
            return None
        member = typ.members.types[typ.members.fields.index(name)]
        return ByAddress(member) if isinstance(member, types.NamedTuple) else member


@lower_getattr_generic(ByAddress)
def _read_member(context: Any, builder: Any, typ: ByAddress, address: Any, name: str) -> Any:
    index = typ.members.fields.index(name)
    member = cgutils.gep_inbounds(builder, address, 0, index)
    if isinstance(typ.members.types[index], types.NamedTuple):
        return member
    kind = typ.members.types[index]
    value = _read_constant(builder, member, context.get_value_type(kind))
    return impl_ret_borrowed(
        context, builder, kind, value
    )  # counts the reference, where references are counted


def _read_constant(builder: Any, address: Any, kind: Any) -> Any:
    """Read a value that stays as it is, leaf by leaf, so that the compiler drops the leaves that are not used."""
    if isinstance(kind, ir.LiteralStructType | ir.ArrayType):
        parts = list(kind.elements) if isinstance(kind, ir.LiteralStructType) else [kind.element] * kind.count
        whole = ir.Constant(kind, ir.Undefined)
        for i, part in enumerate(parts):
            whole = builder.insert_value(
                whole, _read_constant(builder, cgutils.gep_inbounds(builder, address, 0, i), part), i
            )
        return whole
    leaf = builder.load(address)
    leaf.set_metadata("invariant.load", builder.module.add_metadata([]))
    return leaf
