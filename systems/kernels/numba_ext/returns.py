"""How a part returns: what it returns, in a register.

A function of numba writes its result to memory, where the caller reads it, and returns a code that says whether it has raised an exception,
which each caller tests and hands on. A part that raises none, and calls none that does, returns its result alone: a call costs no more than
in C. What numba's own operations might raise (`range` with a step of 0) ends the process there, as `abort` does; where bounds are checked
(HVECS_BOUNDS=1), and in plain Python, it is raised.
"""

import platform
from typing import Any

import numba.core.types
from numba.core import cgutils
from numba.core import ir as numba_ir
from numba.core.callconv import RETCODE_OK, CPUCallConv, Status, excinfo_ptr_t
from numba.core.cpu import CPUContext

ir: Any = getattr(cgutils, "ir")  # noqa: B009  (llvmlite's, in the version numba works with)
types: Any = numba.core.types  # they exist at run time only

_CONVENTION = "preserve_nonecc" if platform.machine() == "x86_64" else ""
"""How parts call each other: none saves registers for its caller, which seldom has anything left in them, as tables may have changed; C's way
is 4 % slower. Where LLVM has been tried with it."""

_RAISES = (numba_ir.Raise, numba_ir.StaticRaise, numba_ir.DynamicRaise)

_parts: set[str] = set()  # names of the functions that return their results


class KernelContext(CPUContext):
    """numba's context of translation, for kernels and parts."""

    @classmethod
    def of(cls, context: Any) -> Any:
        """Return a context that is otherwise as another is."""
        own = context.subtarget()
        own.__class__ = cls
        return own

    @property
    def call_conv(self) -> Any:
        """Return how functions are called."""
        return _CallConv(self)

    def declare_function(self, module: Any, fndesc: Any) -> Any:
        """Declare a function; a part by its result."""
        if fndesc.mangled_name not in _parts:
            return super().declare_function(module, fndesc)
        arguments = self.get_arg_packer(fndesc.argtypes).argument_types
        result = self.call_conv.get_return_type(fndesc.restype).pointee
        function = cgutils.get_or_insert_function(
            module, ir.FunctionType(result, list(arguments)), fndesc.mangled_name
        )
        function.returns_result = True
        function.calling_convention = _CONVENTION
        if fndesc.inline:
            function.attributes.add("alwaysinline")
        return function

    def call_internal(self, builder: Any, fndesc: Any, sig: Any, args: Any) -> Any:
        """Call a function; nothing is handed on where it raises no exception."""
        if fndesc.mangled_name not in _parts:
            return super().call_internal(builder, fndesc, sig, args)
        return self.call_internal_no_propagate(builder, fndesc, sig, args)[1]


def return_result(fndesc: Any, func_ir: Any) -> None:
    """Have the function of this descriptor, which is not declared yet, return its result, if it raises nothing."""
    if not isinstance(fndesc.restype, types.Optional) and not _may_raise(fndesc, func_ir):
        _parts.add(fndesc.mangled_name)


def _may_raise(fndesc: Any, func_ir: Any) -> bool:
    """Tell whether a function raises an exception, or calls a part that may."""
    for block in func_ir.blocks.values():
        if any(next(block.find_insts(kind), None) for kind in _RAISES):
            return True
        for call in block.find_exprs("call"):
            called = fndesc.typemap[call.func.name]
            if isinstance(called, types.Dispatcher):
                code = called.dispatcher.overloads.get(fndesc.calltypes[call].args)
                if code is None or code.fndesc.mangled_name not in _parts:
                    return True
    return False


def _returns_result(function: Any) -> bool:
    return getattr(function, "returns_result", False)


class _CallConv(CPUCallConv):
    """numba's convention, but for functions that return their results."""

    def get_arguments(self, func: Any) -> Any:
        """Return the arguments proper."""
        return func.args if _returns_result(func) else super().get_arguments(func)

    def call_function(
        self, builder: Any, callee: Any, resty: Any, argtys: Any, args: Any, attrs: Any = None
    ) -> Any:
        """Call a function; return what is known of its status, and its result."""
        if not _returns_result(callee):
            return super().call_function(builder, callee, resty, argtys, args, attrs)
        given = self._get_arg_packer(argtys).as_arguments(builder, args)
        result = self.context.get_returned_value(
            builder, resty, builder.call(callee, given, cconv=_CONVENTION)
        )
        return _FINE, result

    def return_value(self, builder: Any, retval: Any) -> None:
        """Return a result."""
        if _returns_result(builder.function):
            builder.ret(retval)
        else:
            super().return_value(builder, retval)

    def set_static_user_exc(self, builder: Any, *args: Any, **options: Any) -> None:
        """Note which exception is raised, for those who can hand it on."""
        if not _returns_result(builder.function):
            super().set_static_user_exc(builder, *args, **options)

    def check_try_status(self, builder: Any) -> Any:
        """Look where an exception is caught: nowhere in a part."""
        return None if _returns_result(builder.function) else super().check_try_status(builder)

    def return_status_propagate(self, builder: Any, status: Any) -> None:
        """Hand on the exception of a function that was called."""
        if _returns_result(builder.function):
            self._return_errcode_raw(builder, status.code)
        else:
            super().return_status_propagate(builder, status)

    def _return_errcode_raw(self, builder: Any, code: Any) -> None:
        if not _returns_result(builder.function):
            super()._return_errcode_raw(builder, code)
            return
        builder.call(builder.module.declare_intrinsic("llvm.trap", (), _NOTHING), [])
        builder.unreachable()


_NOTHING = ir.FunctionType(ir.VoidType(), [])
_NO = ir.Constant(ir.IntType(1), 0)
_FINE = Status(
    code=RETCODE_OK,
    is_ok=ir.Constant(ir.IntType(1), 1),
    is_error=_NO,
    is_python_exc=_NO,
    is_none=_NO,
    is_user_exc=_NO,
    is_stop_iteration=_NO,
    excinfoptr=ir.Constant(excinfo_ptr_t, ir.Undefined),
)
