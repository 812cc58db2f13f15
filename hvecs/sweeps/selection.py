"""Which outcomes a user means: by name, with or without its unit, of all guests of a block, or by a pattern."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from hvecs.output.judged import PROVISIONING, VERDICT
from hvecs.output.outcomes import interval_columns
from hvecs.spec.problems import did_you_mean, show

_UNITS: Final = ("", "_ns")
_QUOTED: Final = re.compile(r"""(["'])(?P<partition>.+)\1\.(?P<outcome>[^."']+)""")
_PATTERN: Final = re.compile(r"[*?\[]")
_MOST_NAMED: Final = 8


class NoSuchOutcome(ValueError):  # noqa: N818 - named for what it says
    """Nothing has the name that was given; the message says what there is."""


def known_outcomes(declared: Iterable[str], columns: Sequence[str], paths: Iterable[str]) -> list[str]:
    """Name all outcomes that the table runs has: those that were declared, then those of partitions and hosts, but for words."""
    names = list(dict.fromkeys(declared))
    ends = {end for name in columns for end in interval_columns(name)}
    left_out = {*names, *paths, *ends}
    words = tuple(f".{column.name}" for column in (VERDICT, PROVISIONING))
    further = (name for name in columns if "." in name and not name.endswith(words))
    return [*names, *(name for name in further if name not in left_out)]


def selected(texts: Iterable[str], known: Sequence[str]) -> list[str]:
    """Give the outcomes that are meant by `texts`, each once, in their order.

    Each is a name (`web.response_p95_ns`), with or without the unit, a name that stands for the guests of a block (`web` for `web-0`,
    `web-1` …), or a pattern such as `*.response_p95_ns`.

    Raises:
        NoSuchOutcome: there is none of a name.
    """
    return list(dict.fromkeys(name for text in texts for name in _meant(text, known)))


def _meant(text: str, known: Sequence[str]) -> list[str]:
    quoted = _QUOTED.fullmatch(text)
    name = f"{quoted['partition']}.{quoted['outcome']}" if quoted else text
    for found in _matches(name, known):
        if found:
            return found
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    hint = did_you_mean(name, known) or f"; there are {', '.join(known[:_MOST_NAMED])}{more}"
    raise NoSuchOutcome(f"there is no outcome {show(text)}{hint}")


def _matches(name: str, known: Sequence[str]) -> Iterator[list[str]]:
    """Give what a name may stand for, the likeliest first."""
    for unit in _UNITS:
        yield [each for each in known if each == name + unit]
    if _PATTERN.search(name):
        yield [each for each in known if any(fnmatchcase(each, name + unit) for unit in _UNITS)]
    partition, _, outcome = name.rpartition(".")
    for unit in _UNITS if partition else ():
        of_block = re.compile(rf"{re.escape(partition)}-\d+\.{re.escape(outcome + unit)}")
        yield [each for each in known if of_block.fullmatch(each)]
