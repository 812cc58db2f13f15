"""Arrays in which each value stands once."""

from collections import Counter
from collections.abc import Iterator

from hvecs.spec.problems import Fault, Steps, show


def twice(values: tuple[object, ...], at: Steps) -> Iterator[Fault]:
    """Find a value that stands in `values` more than once."""
    again = [value for value, times in Counter(values).items() if times > 1]
    if again:
        yield Fault(at, f"{show(again[0])} stands twice; expected each once")
