"""Keep a `@part` as LLVM IR and link it into each kernel that calls it, so that a kernel is optimised once.

numba makes every function that another one calls a library of its own: it links in all that the function itself calls, optimises the
whole, and makes machine code of it. A kernel of three hundred parts, one calling the other, is optimised over and over that way.
Here a part keeps its code as it was translated, and a kernel links all parts that it reaches, once.
"""

from functools import cache
from typing import Any

from numba.core import codegen
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from systems.kernels.numba_ext.passes import pipelines_of
from systems.kernels.numba_ext.reads import by_tables
from systems.kernels.numba_ext.returns import KernelContext
from systems.kernels.numba_ext.shortcuts import refreshed, shortcuts

llvm: Any = getattr(codegen, "ll")  # noqa: B009  (llvmlite's, in the version numba works with)

_GROUP = 32  # of parts that are linked at a time


class _PartLibrary(JITCodeLibrary):
    """The code of a part, which nothing runs by itself, and the libraries that it needs."""

    returns_results = True
    is_rare = False

    def add_linking_library(self, library: Any) -> None:
        """Note what the part calls, and what that calls."""
        self._linking_libraries = _joined(self._linking_libraries, library)

    def add_llvm_module(self, ll_module: Any) -> None:
        """Take the code of the part, all of which is in one module."""
        ll_module.data_layout = self._codegen._data_layout
        self._final_module = ll_module

    def finalize(self) -> None:
        """Leave the code as it is."""
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        return self._final_module

    def get_pointer_to_function(self, name: str) -> int:  # noqa: ARG002
        """Return 0: there is no machine code."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """Where numba would note the environment of the machine code."""
        return _NoEnvironment


class _NoEnvironment:
    """Stands in for numba's code generator, which would write into machine code that is not there."""

    @staticmethod
    def set_env(name: str, env: Any) -> None:
        """Do nothing."""


class _KernelLibrary(JITCodeLibrary):
    """The code of a kernel, with that of every part that it reaches."""

    def add_linking_library(self, library: Any) -> None:
        """Note what the kernel calls, and what that calls."""
        library._ensure_finalized()
        self._linking_libraries = _joined(self._linking_libraries, library)

    def finalize(self) -> None:
        """Link the parts, in groups: LLVM looks through all that is linked whenever more is; then do what numba does."""
        self._parts = [each for each in self._linking_libraries if isinstance(each, _PartLibrary)]
        for begin in range(0, len(self._parts), _GROUP):
            first, *others = self._parts[begin : begin + _GROUP]
            group = first._get_module_for_linking().clone()
            for each in others:
                group.link_in(each._get_module_for_linking(), preserve=True)
            self._final_module.link_in(group)
        self._linking_libraries = [
            each for each in self._linking_libraries if not isinstance(each, _PartLibrary)
        ]
        super().finalize()

    def _optimize_functions(self, ll_module: Any) -> None:
        """Leave the functions for later."""
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        """Optimise the kernel's code, now that all is linked; nobody else calls the parts in it.

        There are no references for numba to prune (`_nrt=False`); and neither the event loop nor samples take less time with vectors.
        """
        _choose_options()
        for part in self._parts:
            for each in part.get_defined_functions():
                function = self._final_module.get_function(each.name)
                function.linkage = "internal"
                if part.is_rare and each.linkage.name != "linkonce_odr":  # that others have too
                    function.add_function_attribute("cold")
        builder = self._codegen._pass_builder(loop_vectorize=False, slp_vectorize=False)
        builder.getModulePassManager().run(self._final_module, builder)

    def _get_module_for_linking(self) -> Any:
        """Return a module that defines the names of this one: what is kept beside the machine code, for no kernel is linked into another."""
        self._ensure_finalized()
        if self._shared_module is None:
            module = self._final_module
            functions = [f'define void @"{each}"() {{ unreachable }}' for each in _offered(module.functions)]
            variables = [f'@"{each}" = global i8* null' for each in _offered(module.global_variables)]
            self._shared_module = llvm.parse_assembly("\n".join([*functions, *variables]))
        return self._shared_module


@cache
def _choose_options() -> None:
    """Have LLVM look for equal reads through few blocks only (by itself it looks through 200).

    To look through 200 took a quarter of the time of LLVM's passes on the event loop, which ran no faster for it. The option holds for all that
    this process compiles from now on; one that LLVM does not know it ignores.
    """
    llvm.set_option("hvecs", "-memdep-block-number-limit=5")


def _offered(values: Any) -> list[str]:
    """List the names of what a module defines for others."""
    own = {"internal", "private"}
    return [each.name for each in values if not each.is_declaration and each.linkage.name not in own]


def _joined(libraries: list[Any], library: Any) -> list[Any]:
    """Return `libraries` with `library` and, if it is a part's, all that it needs; each once."""
    needed = [library, *library._linking_libraries] if isinstance(library, _PartLibrary) else [library]
    return list(dict.fromkeys([*libraries, *needed]))


def _context(state: Any) -> Any:
    """Return the context in which a function is translated: parts return their results, unless bounds are checked, which may raise."""
    return state.targetctx if state.flags.boundscheck else KernelContext.of(state.targetctx)


class PartCompiler(Compiler):
    """Compiles a part."""

    is_rare = False

    def __init__(self, typing: Any, target: Any, *rest: Any) -> None:
        """Take numba's contexts, in which all is known once the first function is compiled."""
        with refreshed(typing, target):
            super().__init__(typing, target, *rest)

    def compile_extra(self, func: Any) -> Any:
        """Compile a function."""
        with shortcuts():
            return super().compile_extra(func)

    def define_pipelines(self) -> Any:
        """Use the passes of kernels, for a library that waits."""
        state = self.state
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.is_rare = self.is_rare
        state.targetctx = _context(state)
        return pipelines_of(state, lambda: by_tables(Compiler.define_pipelines(self)))


class RareCompiler(PartCompiler):
    """Compiles a part that is rarely called: it gets LLVM's attribute `cold`."""

    is_rare = True


class KernelCompiler(PartCompiler):
    """Compiles a kernel."""

    def define_pipelines(self) -> Any:
        """Use the passes of kernels, for a library that links all parts it reaches."""
        state = self.state
        state.library = _KernelLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.targetctx = _context(state)
        state.library.enable_object_caching()
        return pipelines_of(state, lambda: by_tables(Compiler.define_pipelines(self)))
