"""How kernels reach what is in a table: no index counts from the end, and a write to one column leaves what was read of others as it is.

numba lets a negative index count from the end of an array, which costs a comparison and a read of the length at each access. In kernels an
index that may be NOBODY is looked at before; with bounds checked (HVECS_BOUNDS=1) one below 0 is refused. A constant that is the whole
index still counts from the end, as in Python.

The columns of a record lie apart, and no two components share memory; nor do arrays of different names in tuples that are passed by
address, but for those they declare as views. LLVM is told so (type-based alias analysis: a type for each column of each component, and one
for the arrays of each name), so that it need not read a column again after a write to another. Any other array is of no such type, and may
be anything.
"""

import hashlib
from functools import cache
from typing import Any

import numba.core.types
from numba.core import cgutils
from numba.core import ir as numba_ir
from numba.core.compiler_machinery import register_pass
from numba.core.ir_utils import get_definition, guard
from numba.core.typed_passes import BaseNativeLowering, NativeLowering

from systems.kernels.numba_ext.by_address import ByAddress
from systems.kernels.numba_ext.elements import ElementLower

types: Any = numba.core.types  # they exist at run time only
ir: Any = getattr(cgutils, "ir")  # noqa: B009  (llvmlite's, in the version numba works with)


def _unsigned(index: Any) -> Any:
    """Return the type of an index that counts from the start; of other indices, their own."""
    if isinstance(index, types.Integer) and index.signed:
        return types.uintp
    if isinstance(index, types.BaseTuple):
        return types.Tuple([_unsigned(each) for each in index.types])
    return index


@cache
def _digest(record: Any) -> str:
    return hashlib.sha256(str(record).encode()).hexdigest()[:12]


class _TableLower(ElementLower):
    """numba's translation to LLVM IR, of a kernel or a part."""

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        """Read an element of an array."""
        found = super().lower_getitem(resty, expr, value, index, self._from_start(index, signature))
        self._type_access(found, self._array(value))
        return found

    def lower_setitem(self, target_var: Any, index_var: Any, value_var: Any, signature: Any) -> Any:
        """Write an element of an array."""
        super().lower_setitem(target_var, index_var, value_var, self._from_start(index_var, signature))
        self._type_access(self.builder.block.instructions[-1], self._array(target_var))

    def _from_start(self, index: Any, signature: Any) -> Any:
        array, kind, *rest = signature.args
        if not isinstance(array, types.Buffer) or isinstance(self.typeof(index.name), types.Literal):
            return signature
        return signature.replace(args=(array, _unsigned(kind), *rest))

    def lower_expr(self, resty: Any, expr: Any) -> Any:
        """Read, among other things, a column of a record."""
        value = super().lower_expr(resty, expr)
        if expr.op == "getattr":
            self._type_access(value, self._column(expr.value, expr.attr))
        elif expr.op == "static_getitem":
            self._type_access(value, self._array(expr.value))
        return value

    def lower_inst(self, inst: Any) -> None:
        """Write, among other things, a column of a record."""
        super().lower_inst(inst)
        if isinstance(inst, numba_ir.SetAttr):
            self._type_access(self.builder.block.instructions[-1], self._column(inst.target, inst.attr))

    def _column(self, record: Any, name: str) -> str | None:
        """Name a column of a record for LLVM; None if `record` is none, or there is no telling."""
        kind = self.typeof(record.name)
        if isinstance(kind, types.Record) and isinstance(kind.typeof(name), types.Number | types.Boolean):
            return f"{_digest(kind)}.{name}"
        return None

    def _array(self, array: Any) -> str | None:
        """Name a member of a tuple, an array of numbers, for LLVM; None if `array` is none, or there is no telling."""
        kind = self.typeof(array.name)
        if not isinstance(kind, types.Array) or isinstance(kind.dtype, types.Record):
            return None
        read = guard(get_definition, self.func_ir, array)
        if not isinstance(read, numba_ir.Expr) or read.op != "getattr":
            return None
        owner = self.typeof(read.value.name)
        if isinstance(owner, ByAddress) and owner.is_apart(read.attr):
            return str(read.attr)  # whichever tuple has it: two may hold one array under its name
        return None

    def _type_access(self, instruction: Any, name: str | None) -> None:
        """Say of which column or array a read or write is."""
        if name is None or not isinstance(instruction, ir.LoadInstr | ir.StoreInstr):
            return
        module, zero = self.builder.module, ir.Constant(ir.IntType(64), 0)
        kind = module.add_metadata([name, module.add_metadata(["tables"]), zero])
        instruction.set_metadata("tbaa", module.add_metadata([kind, kind, zero]))


@register_pass(mutates_CFG=True, analysis_only=False)
class TableLowering(BaseNativeLowering):
    """numba's pass of that name, by `_TableLower`."""

    _name: Any = "hvecs_lowering"

    @property
    def lowering_class(self) -> Any:
        """Return what translates."""
        return _TableLower


def by_tables(pipelines: Any) -> Any:
    """Return numba's pipelines, with the pass put in that knows tables."""
    for pipeline in pipelines:
        found = [number for number, (each, _) in enumerate(pipeline.passes) if each is NativeLowering]
        for number in found:
            pipeline.passes[number] = (TableLowering, pipeline.passes[number][1])
    return pipelines
