"""Bytes that go at a rate for a time, exactly, in words of 64 bits: what is left of whole bytes is carried."""

from systems.kernels.jit import part

_NS_PER_S = 1_000_000_000
_DIGITS = 1000


@part
def amount_in(rate: int, elapsed: int, rest: int) -> tuple[int, int]:
    """Return the whole bytes that go at `rate` (B/s) in `elapsed` ns, and what is left of them (1e-9 B), `rest` of before included."""
    seconds, ns = elapsed // _NS_PER_S, elapsed % _NS_PER_S
    whole, part_of = rate // _NS_PER_S, rate % _NS_PER_S
    rest += part_of * ns
    return rate * seconds + whole * ns + rest // _NS_PER_S, rest % _NS_PER_S


@part
def time_for(size: int, rate: int, rest: int) -> int:
    """Return the least time (ns) in which `size` bytes go at `rate` (B/s), where `rest` (1e-9 B) of them is there."""
    ns, left = size // rate, size % rate
    for _ in range(3):  # a long division: left * 1e9 does not fit a word
        left *= _DIGITS
        ns = ns * _DIGITS + left // rate
        left %= rate
    if left <= rest:
        return max(0, ns - (rest - left) // rate)
    return ns + (left - rest + rate - 1) // rate
