"""A kind says how one key of a scenario is read, checked, documented and written back."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from re import fullmatch
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_plain_validator_function

from hvecs.spec.problems import did_you_mean, listing, show


class Wrong(Exception):  # noqa: N818 - it never leaves this package: it becomes a Problem
    """A value does not suit its key; the text says why and what was expected."""


class Kind(ABC):
    """The reading and writing of one sort of value; stands in a field's `Annotated`.

    `read` takes what tomllib gave and raises Wrong; `write` gives it back so that `read(write(x)) == x`.
    None stands for a key that was not given and has no default; TOML cannot express it.
    """

    unit = ""

    @property
    @abstractmethod
    def words(self) -> str:
        """Say what is expected, in words."""

    @property
    def example(self) -> str:
        """Say what is expected when the value is of another type altogether."""
        return self.words

    @abstractmethod
    def read(self, value: object) -> Any:
        """Turn a TOML value into what the model holds."""

    def write(self, value: Any) -> Any:
        """Turn what the model holds into a TOML value."""
        return value

    def refuse(self, value: object) -> Wrong:
        """Say that a value is not of this kind at all."""
        return Wrong(f"expected {self.example}; got {show(value)}")

    def _validate(self, value: object) -> Any:
        if value is None:
            return None
        try:
            return self.read(value)
        except Wrong as wrong:
            raise PydanticCustomError("spec", "{text}", {"text": str(wrong)}) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Have pydantic read the annotated field with this kind alone."""
        return no_info_plain_validator_function(self._validate)


@dataclass(frozen=True)
class Count(Kind):
    """A whole number within bounds; true and 4.0 are none."""

    low: int
    high: int

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return f"a whole number from {self.low} to {self.high}"

    def read(self, value: object) -> int:
        """Turn a TOML integer into an int."""
        if type(value) is not int or not self.low <= value <= self.high:
            raise self.refuse(value)
        return value


@dataclass(frozen=True)
class Number(Kind):
    """A finite number without a unit, above `low`, or `low` itself too, and at most `high`."""

    low: float
    high: float
    or_low: bool = False

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        if self.or_low:
            return f"a number from {self.low:g} to {self.high:g}"
        return f"a number above {self.low:g} and at most {self.high:g}"

    def read(self, value: object) -> float:
        """Turn a TOML number into a float."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(value)
        if not (self.low < value <= self.high or (self.or_low and value == self.low)):
            raise self.refuse(value)
        return float(value)


@dataclass(frozen=True)
class Switch(Kind):
    """True or false."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return "true or false"

    def read(self, value: object) -> bool:
        """Turn a TOML boolean into a bool."""
        if not isinstance(value, bool):
            raise self.refuse(value)
        return value


@dataclass(frozen=True)
class SwitchOrName(Kind):
    """True, false, or the name of something that is declared elsewhere."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return "true, false or a name in quotes"

    def read(self, value: object) -> bool | str:
        """Turn a TOML boolean or string into a bool or str."""
        if not isinstance(value, bool) and not (isinstance(value, str) and value):
            raise self.refuse(value)
        return value


@dataclass(frozen=True)
class Text(Kind):
    """A string that matches a pattern, described by `words`."""

    what: str = "text in quotes"
    pattern: str = r"[\s\S]{0,10000}"

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return self.what

    def read(self, value: object) -> str:
        """Turn a TOML string into a str."""
        if not isinstance(value, str) or not fullmatch(self.pattern, value):
            raise self.refuse(value)
        return value


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few words; those in `planned` are documented but not built yet."""

    built: tuple[str, ...]
    planned: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return listing(self.built)

    def read(self, value: object) -> str:
        """Turn a TOML string into one of the built words."""
        if not isinstance(value, str):
            raise self.refuse(value)
        if value in self.built:
            return value
        if value in self.planned:
            raise Wrong(f"{show(value)} is not supported yet; expected {self.words}")
        raise Wrong(f"{self.refuse(value)}{did_you_mean(value, self.built)}")


@dataclass(frozen=True)
class Either(Kind):
    """A word with a meaning of its own ("all", "auto"), or a value of another kind."""

    word: str
    other: Kind

    @property
    def unit(self) -> str:  # type: ignore[override]
        """Give the other kind's unit."""
        return self.other.unit

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return f'"{self.word}" or {self.other.words}'

    def read(self, value: object) -> Any:
        """Keep the word; read anything else as the other kind."""
        if value == self.word:
            return self.word
        try:
            return self.other.read(value)
        except Wrong as wrong:
            said = str(wrong).replace("expected ", f'expected "{self.word}" or ', 1)
            raise Wrong(said + did_you_mean(value, [self.word])) from None

    def write(self, value: Any) -> Any:
        """Keep the word; write anything else as the other kind."""
        return value if value == self.word else self.other.write(value)
