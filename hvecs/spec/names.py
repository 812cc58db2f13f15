"""Names of partitions: what Hyper-V Manager lets one type (which characters it refuses is not published)."""

import unicodedata
from dataclasses import dataclass
from re import fullmatch

from hvecs.spec.kinds import Kind, Wrong
from hvecs.spec.problems import show

LONGEST_NAME = 100

_JOINERS = "\u200c\u200d"
"""Invisible, but part of how some scripts are written."""
_RESERVED = {"root", "_total"}
"""The root partition, and what Windows calls the sum of all instances."""


@dataclass(frozen=True)
class PartitionName(Kind):
    """One line of text that can be seen: no control, escape or formatting characters, nor blanks alone."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return f"a name of 1 to {LONGEST_NAME} printable characters"

    def read(self, value: object) -> str:
        """Turn a TOML string into a str."""
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
            raise self.refuse(value)
        if not all(map(_can_be_seen, value)):
            raise self.refuse(value)
        if value.lower() in _RESERVED:
            raise Wrong(f"{show(value)} is reserved; expected another name")
        return value


@dataclass(frozen=True)
class HostName(Kind):
    """The name of a computer: letters, digits, hyphens, underscores and, for its domain, dots."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return f"a name of 1 to {LONGEST_NAME} letters, digits, . _ and -, the first a letter or digit"

    def read(self, value: object) -> str:
        """Turn a TOML string into a str."""
        if not isinstance(value, str) or not fullmatch(
            rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}", value
        ):
            raise self.refuse(value)
        return value


def _can_be_seen(character: str) -> bool:
    category = unicodedata.category(character)
    return character in _JOINERS or not (category.startswith("C") or category in {"Zl", "Zp"})
