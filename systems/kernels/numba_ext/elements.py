"""How an element of an array in a tuple that is passed by address is reached: through the address of its data alone.

numba reads an array whole, seven words, wherever one is named, and puts them into memory to take out of it what it needs: forty instructions for
each `w.vps[vp]`, which the optimiser throws away again. They were half of the code of all kernels, and of the time to translate and read it.
Here the array is read where something else than an element is asked for.
"""

from typing import Any

import numba.core.types
from numba.core import cgutils
from numba.core import ir as numba_ir

from systems.kernels.numba_ext.by_address import ByAddress, read_field, read_member
from systems.kernels.numba_ext.returns import KernelContext, return_result
from systems.kernels.numba_ext.variables import VariableLower

types: Any = numba.core.types  # they exist at run time only


class ElementLower(VariableLower):
    """numba's translation to LLVM IR, but for elements of members."""

    def init(self) -> None:
        """Begin with no members."""
        super().init()
        self._members: dict[str, tuple[Any, Any]] = {}  # by variable: the address of the array, and its type
        self._fields: dict[Any, Any] = {}  # by block, address of the array and name of the field
        self._addresses: dict[Any, Any] = {}  # by block, owner and name of the member

    def setup_function(self, fndesc: Any) -> None:
        """Declare the function; one that only kernels call returns its result, if it raises nothing."""
        if isinstance(self.context, KernelContext) and getattr(self.library, "returns_results", False):
            return_result(fndesc, self.func_ir)
        super().setup_function(fndesc)

    def lower_inst(self, inst: Any) -> None:
        """Note where an array is, instead of reading it, if nothing outside its block reads it; write a column of a record."""
        if isinstance(inst, numba_ir.Assign) and self._is_member(inst):
            read: Any = inst.value
            owner = self.typeof(read.value.name)
            address = self._address(owner, self.loadvar(read.value.name), read.attr)
            self._members[inst.target.name] = address, self.typeof(inst.target.name)
        elif isinstance(inst, numba_ir.SetAttr) and self._is_column(inst.target, inst.attr, inst.value):
            kind, place, align = self._column_at(inst.target, inst.attr)
            self._write(inst.value, kind, place, align)
        else:
            super().lower_inst(inst)

    def _address(self, owner: ByAddress, tables: Any, name: str) -> Any:
        """Return the address of a member, computed once in a block."""
        key = self.builder.block, tables, name
        if key not in self._addresses:
            self._addresses[key] = owner.address_of(self.builder, tables, name)
        return self._addresses[key]

    def loadvar(self, name: str) -> Any:
        """Read a variable: an array that was only noted is read now."""
        if name not in self._members:
            return super().loadvar(name)
        address, kind = self._members[name]
        return read_member(self.context, self.builder, kind, address)

    def delvar(self, name: str) -> None:
        """Forget a variable."""
        if name not in self._members:
            super().delvar(name)

    def lower_expr(self, resty: Any, expr: Any) -> Any:
        """Read, among other things, an element by a constant index."""
        if (
            expr.op == "static_getitem"
            and expr.value.name in self._members
            and _counts_from_start(expr.index)
        ):
            index = self.context.get_constant(types.intp, expr.index)
            return self._read_element(resty, expr.value.name, [index])
        if expr.op == "getattr" and self._is_column(expr.value, expr.attr):
            kind, place, align = self._column_at(expr.value, expr.attr)
            found = self.context.unpack_value(self.builder, kind, place, align)
            return self.context.cast(self.builder, found, kind, resty)
        return super().lower_expr(resty, expr)

    def lower_binop(self, resty: Any, expr: Any, op: Any) -> Any:
        """Compute `a + b`; numba looks first for what it knows of constant operands, of which only a power has any."""
        if numba_ir.UNDEFINED is not expr.static_lhs or numba_ir.UNDEFINED is not expr.static_rhs:
            return super().lower_binop(resty, expr, op)
        typing = self.context.typing_context
        function, signature = typing.resolve_value_type(op), self.fndesc.calltypes[expr]
        operands = [
            self.context.cast(self.builder, self.loadvar(each.name), self.typeof(each.name), kind)
            for each, kind in zip((expr.lhs, expr.rhs), signature.args, strict=True)
        ]
        compute = self.context.get_function(function, function.get_call_type(typing, signature.args, {}))
        found = compute(self.builder, operands)
        return self.context.cast(self.builder, found, signature.return_type, resty)

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        """Read an element."""
        indices = self._indices(value, index)
        if indices is None:
            return super().lower_getitem(resty, expr, value, index, signature)
        return self._read_element(resty, value.name, indices)

    def lower_setitem(self, target_var: Any, index_var: Any, value_var: Any, signature: Any) -> None:
        """Write an element."""
        kind = self.typeof(target_var.name)
        indices = self._indices(target_var, index_var)
        if indices is None or not _is_number(kind.dtype) or not _is_number(self.typeof(value_var.name)):
            super().lower_setitem(target_var, index_var, value_var, signature)
        else:
            address, _ = self._members[target_var.name]
            self._write(value_var, kind.dtype, self._element(address, kind, indices), None)

    def _is_member(self, inst: Any) -> bool:
        value, name = inst.value, inst.target.name
        return (
            isinstance(value, numba_ir.Expr)
            and value.op == "getattr"
            and isinstance(self.typeof(value.value.name), ByAddress)
            and _is_compact(self.typeof(name))
            and name in self._singly_assigned_vars
            and not self.context.enable_nrt
            and not self.context.enable_boundscheck
        )

    def _is_column(self, record: Any, name: str, given: Any = None) -> bool:
        """Tell whether this is a number in a record, and `given`, if anything is, one to be written there."""
        kind = self.typeof(record.name)
        return (
            isinstance(kind, types.Record)
            and name in kind.fields
            and _is_number(kind.typeof(name))
            and (given is None or _is_number(self.typeof(given.name)))
        )

    def _column_at(self, record: Any, name: str) -> tuple[Any, Any, int | None]:
        """Return the type, the address and the alignment of a column of a record; None is that of the type."""
        kind = self.typeof(record.name)
        its, offset = kind.typeof(name), kind.offset(name)
        data = self.context.get_data_type(its)
        place = cgutils.get_record_member(self.builder, self.loadvar(record.name), offset, data)
        return its, place, None if kind.aligned else 1

    def _write(self, given: Any, kind: Any, place: Any, align: int | None) -> None:
        value = self.context.cast(self.builder, self.loadvar(given.name), self.typeof(given.name), kind)
        self.context.pack_value(self.builder, kind, value, place, align=align)

    def _indices(self, array: Any, index: Any) -> list[Any] | None:
        """Return the index in each dimension; None if the array is no member, or this is not the index of one element."""
        if array.name not in self._members:
            return None
        _, kind = self._members[array.name]
        its = self.typeof(index.name)
        of_dimensions = list(its.types) if isinstance(its, types.BaseTuple) else [its]
        if len(of_dimensions) != kind.ndim or not all(map(_is_index, of_dimensions)):
            return None
        value = self.loadvar(index.name)
        values = (
            [self.builder.extract_value(value, number) for number in range(kind.ndim)]
            if isinstance(its, types.BaseTuple)
            else [value]
        )
        return [
            self.context.cast(self.builder, each, of, types.intp)
            for each, of in zip(values, of_dimensions, strict=True)
        ]

    def _read_element(self, resty: Any, name: str, indices: list[Any]) -> Any:
        address, kind = self._members[name]
        place = self._element(address, kind, indices)
        found = self.context.unpack_value(self.builder, kind.dtype, place)
        return self.context.cast(self.builder, found, kind.dtype, resty)

    def _element(self, address: Any, kind: Any, indices: list[Any]) -> Any:
        """Return the address of the element of an array in C order."""
        place = indices[0]
        for dimension in range(1, kind.ndim):
            length = self._field(address, kind, "shape", dimension)
            place = self.builder.add(self.builder.mul(place, length), indices[dimension])
        return self.builder.gep(self._field(address, kind, "data"), [place])

    def _field(self, address: Any, kind: Any, *field: Any) -> Any:
        """Read a field of an array, once in a block."""
        key = self.builder.block, address, field
        if key not in self._fields:
            self._fields[key] = read_field(self.context, self.builder, kind, address, *field)
        return self._fields[key]


def _is_compact(kind: Any) -> bool:
    """Tell whether elements are reached by their numbers alone; numba calls arrays of packed records unaligned, whose elements are addresses."""
    return (
        isinstance(kind, types.Array)
        and kind.layout == "C"
        and kind.ndim > 0
        and (kind.aligned or isinstance(kind.dtype, types.Record))
    )


def _is_number(kind: Any) -> bool:
    return isinstance(kind, types.Number | types.Boolean)


def _is_index(kind: Any) -> bool:
    """Tell whether an index of this type counts from the start: a constant below 0 does not."""
    if isinstance(kind, types.Literal):
        return _counts_from_start(kind.literal_value)
    return isinstance(kind, types.Integer)


def _counts_from_start(index: Any) -> bool:
    return isinstance(index, int) and index >= 0
