"""How the variables of a kernel are kept while it is translated: one that is assigned once, as a value of LLVM.

numba does so within one block only, and puts every other variable into memory, arguments among them, from which LLVM takes it out again: half
of what LLVM was given to read. numba's reconstruction of SSA form leaves a variable that is assigned once assigned before all its uses.
"""

from collections import Counter
from functools import partial
from typing import Any

import numba.core.types
from numba.core import errors as numba_errors
from numba.core import ir as numba_ir
from numba.core.lowering import Lower

errors: Any = numba_errors
types: Any = numba.core.types  # they exist at run time only


class VariableLower(Lower):
    """numba's translation to LLVM IR, but for variables that are assigned once, and with nothing for debuggers."""

    def _find_singly_assigned_variable(self) -> None:
        """Find the variables that are assigned once."""
        times = Counter(
            each.target.name for block in self.blocks.values() for each in block.find_insts(numba_ir.Assign)
        )
        self._singly_assigned_vars = {name for name, number in times.items() if number == 1}
        self._blk_local_varmap: dict[str, Any] = {}

    def lower_block(self, block: Any) -> None:
        """Translate a block; an error says in which instruction."""
        self.pre_block(block)
        try:
            for inst in block.body:
                self.loc = inst.loc
                self.lower_inst(inst)
        except Exception:
            fault = partial(errors.LoweringError, loc=self.loc)
            with errors.new_error_context(
                'lowering "{inst}" at {loc}', inst=inst, loc=self.loc, errcls_=fault
            ):
                raise
        self.post_block(block)

    def lower_inst(self, inst: Any) -> None:
        """Translate an instruction."""
        if isinstance(inst, numba_ir.Assign):
            name, kind = inst.target.name, self.typeof(inst.target.name)
            is_function = isinstance(kind, types.Dispatcher)  # which a call knows by its type
            value = self.context.get_dummy_value() if is_function else self.lower_assign(kind, inst)
            self.storevar(value, name)
        elif isinstance(inst, numba_ir.Jump):
            self.builder.branch(self.blkmap[inst.target])
        else:
            super().lower_inst(inst)

    def loadvar(self, name: str) -> Any:
        """Read a variable; one that is not assigned in what has been translated is kept in memory."""
        if name not in self._blk_local_varmap:
            self._singly_assigned_vars.discard(name)
        return super().loadvar(name)

    def storevar(self, value: Any, name: str, argidx: int | None = None) -> None:
        """Assign a variable."""
        if self.context.enable_nrt or name in self._singly_assigned_vars:
            super().storevar(value, name, argidx)
        else:
            self._alloca_var(name, self.typeof(name))
            self.builder.store(value, self.getvar(name))
