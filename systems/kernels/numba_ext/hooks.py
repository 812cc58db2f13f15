"""Values that hold kernels and numbers: which, is settled when a kernel that uses them is compiled.

A caller writes `w.policy.first_in_line(w, lp)` and is compiled once for every policy it meets, as if the function's own name
stood there: no branch, no pointer. In plain Python the same line is an ordinary call.
"""

from typing import Any

from numba.core import types
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, lower_getattr_generic, register_model, typeof_impl, unbox

from systems.kernels.numba_ext.later import dispatcher_of

_known: dict[str, Any] = {}
_classes: set[type] = set()


class Hooks(types.Type):
    """The type, in kernels, of a value that holds kernels; two of one name are the same value, in every process."""

    def __init__(self, name: str) -> None:
        """Take the value's name, as its attribute `name` gives it."""
        self.value_name = name
        super().__init__(name=f"Hooks({name})")


def hooks(cls: type) -> type:
    """Have kernels take values of `cls`, whose attributes are kernels, int constants, and `name`, which must tell one value from another."""
    _classes.add(cls)

    @typeof_impl.register(cls)
    def typeof(value: Any, context: Any) -> Hooks:
        _known[value.name] = value
        return Hooks(value.name)

    return cls


def is_hooks(value: object) -> bool:
    """Tell whether a value holds kernels, and is nothing at run time."""
    return type(value) in _classes


@register_model(Hooks)
class _NothingModel(models.OpaqueModel):
    """Nothing is passed at run time."""


@unbox(Hooks)
def _unpack(typ: Hooks, value: Any, c: Any) -> NativeValue:
    return NativeValue(c.context.get_dummy_value())


@infer_getattr
class _Kernels(AttributeTemplate):
    key = Hooks

    def generic_resolve(self, typ: Hooks, name: str) -> Any:
        member = getattr(_known[typ.value_name], name, None)
        if isinstance(member, int):
            return types.intp
        return None if member is None else types.Dispatcher(dispatcher_of(member))


@lower_getattr_generic(Hooks)
def _constant(context: Any, builder: Any, typ: Hooks, value: Any, name: str) -> Any:
    member = getattr(_known[typ.value_name], name)
    return context.get_constant(types.intp, member) if isinstance(member, int) else context.get_dummy_value()
