"""The passes of numba that kernels need, one after the other.

numba runs thirty passes over each function, tells listeners of each, computes the lifetimes of its variables nine times, and looks for closures,
array expressions and loops over tuples. Kernels have none of these and borrow their arrays, so that no lifetime matters. A function that does
have closures, or asks for loops over tuples, goes through all of numba's passes.
"""

from types import CodeType
from typing import Any

from numba.core import analysis, errors, interpreter, ssa, transforms, typed_passes, untyped_passes
from numba.core.ir_utils import build_definitions
from numba.core.rewrites.registry import rewrite_registry

from systems.kernels.numba_ext.reads import TableLowering

_NOT_IN_KERNELS = (interpreter.peep_hole_delete_with_exit, interpreter.peep_hole_fuse_dict_add_updates)
_NEEDS_ALL = {"literal_unroll", "literally", "objmode", "prange"}


class _Step:
    """A pass of one's own, of which numba asks its name."""

    @classmethod
    def name(cls) -> str:
        """Return the name of the pass."""
        return cls.__name__


class _Interpreter(interpreter.Interpreter):
    """Reads byte code. numba looks through all statements for what a `with` block or a large dictionary leaves behind; kernels have neither."""

    def post_process(self, peepholes: Any, func_ir: Any) -> Any:
        """Repair what the compiler of Python made of a kernel's source."""
        return super().post_process([each for each in peepholes if each not in _NOT_IN_KERNELS], func_ir)


class _Translate(_Step):
    """numba's pass TranslateByteCode."""

    def run_pass(self, state: Any) -> None:
        """Make numba's statements of byte code."""
        state.func_ir = _Interpreter(state.func_id).interpret(state.bc)


class _Process(_Step):
    """numba's pass IRProcessing, but for lifetimes and generators."""

    def run_pass(self, state: Any) -> None:
        """Give each loop one way back."""
        state.func_ir.blocks = transforms.canonicalize_cfg(state.func_ir.blocks)


class _Rewrite(_Step):
    """numba's pass GenericRewrites, but for lifetimes."""

    def run_pass(self, state: Any) -> None:
        """Have numba put simpler statements in place of some."""
        blocks = state.func_ir.blocks
        for each in rewrite_registry.rewrites["before-inference"]:
            rewrite = each(state)
            for key in list(blocks):
                while rewrite.match(state.func_ir, blocks[key], state.typemap, state.calltypes):
                    blocks[key] = rewrite.apply()


class _Ssa(_Step):
    """numba's pass ReconstructSSA, but for lifetimes."""

    def run_pass(self, state: Any) -> None:
        """Give each assignment a variable of its own."""
        state.func_ir = ssa.reconstruct_ssa(state.func_ir)
        state.func_ir._definitions = build_definitions(state.func_ir.blocks)


class _StripPhis(_Step):
    """numba's pass PreLowerStripPhis, but for lifetimes."""

    def run_pass(self, state: Any) -> None:
        """Assign what comes together from several blocks in these."""
        state.func_ir = typed_passes.PreLowerStripPhis()._strip_phi_nodes(state.func_ir)
        state.func_ir._definitions = build_definitions(state.func_ir.blocks)


class _Prune(_Step):
    """numba's pass DeadBranchPrune."""

    def run_pass(self, state: Any) -> None:
        """Drop branches that constants decide."""
        before = len(state.func_ir.blocks)
        analysis.dead_branch_prune(state.func_ir, state.args)
        if len(state.func_ir.blocks) != before:
            _Process().run_pass(state)


_PASSES: Any = (
    _Translate,
    untyped_passes.FixupArgs,
    _Process,
    untyped_passes.RewriteSemanticConstants,
    _Prune,
    _Rewrite,
    untyped_passes.RewriteDynamicRaises,
    _Ssa,
    _Prune,
    typed_passes.NopythonTypeInference,
    _StripPhis,
    typed_passes.NoPythonSupportedFeatureValidation,
    typed_passes.AnnotateTypes,
    TableLowering,
    typed_passes.NoPythonBackend,
)


class KernelPasses:
    """What numba calls a pass manager."""

    pipeline_name = "nopython"

    def __init__(self) -> None:
        """Begin."""
        self.exec_times: dict[str, Any] = {}

    def run(self, state: Any) -> None:
        """Compile; an error says in which pass."""
        for each in _PASSES:
            try:
                each().run_pass(state)
            except errors.NumbaError as error:
                error.args = (f"Failed in nopython mode pipeline (step: {each.name()})\n{error}",)
                raise


def pipelines_of(state: Any, all_of_numba: Any) -> Any:
    """Return the pipelines for a function: the one of kernels, or those of numba."""
    code = state.func_id.func.__code__
    needs_all = bool(_NEEDS_ALL & set(code.co_names)) or any(
        isinstance(each, CodeType) for each in code.co_consts
    )
    return all_of_numba() if needs_all else [KernelPasses()]
