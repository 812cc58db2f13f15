"""Operations on words of 64 bits that Python's operators have not, and processors do in one instruction."""

from typing import Any

import numpy as np
from numba.core import cgutils, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import lower_builtin

ir: Any = getattr(cgutils, "ir")  # noqa: B009  (llvmlite's, in the version numba works with)


def count_bits(word: np.uint64) -> int:
    """Return how many bits of `word` are set."""
    return int(word).bit_count()


def lowest_bit(word: np.uint64) -> int:
    """Return the number of the lowest bit of a word that is not 0."""
    number = int(word)
    return (number & -number).bit_length() - 1


@infer_global(count_bits)
@infer_global(lowest_bit)
class _OfWord(ConcreteTemplate):
    """Their type in kernels."""

    cases = (signature(types.int64, types.uint64),)


@lower_builtin(count_bits, types.uint64)
def _count_bits(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:  # noqa: ARG001 - numba's interface
    return builder.ctpop(arguments[0])


@lower_builtin(lowest_bit, types.uint64)
def _lowest_bit(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:  # noqa: ARG001 - numba's interface
    return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
