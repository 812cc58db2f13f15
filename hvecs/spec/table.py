from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from hvecs.spec.kinds import Kind

_REQUIRED: Any = ...


class Table(BaseModel):
    """A table of a scenario file: immutable, without unknown keys, equal when its values are equal.

    A table that is one of several alternatives names the key that tells them apart (`tag_key`); `example` is one of them, for messages.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_default=True, defer_build=True
    )

    tag_key: ClassVar[str] = ""
    example: ClassVar[str] = ""


def key(doc: str, default: Any = _REQUIRED) -> Any:
    """Declare a key with its documentation and its default as one would write it in a file."""
    return Field(default, description=doc)


def one_or_more(name: str, doc: str) -> Any:
    """Declare an array of tables that a file may write as one table `name` instead; `name` is its key in the file."""
    return Field(alias=name, description=doc)


def read_one_or_more(given: Any) -> Any:
    """Read one table as an array of one; there is at least one."""
    if given in ((), []):
        raise PydanticCustomError("spec", "expected a table, or an array of one or more")
    return (given,) if isinstance(given, dict) else given


def fields_of(table: type[Table]) -> dict[str, FieldInfo]:
    """Give the fields of a table by their keys in a file."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def may_be_one(field: FieldInfo) -> bool:
    """Tell whether an array of tables may be written as one table."""
    return field.alias is not None


def kind_of(field: FieldInfo) -> Kind | None:
    """Find how a field, or each element of an array field, is read; None for tables and tags."""
    found = list(field.metadata)
    if get_origin(field.annotation) is tuple:
        found += getattr(get_args(field.annotation)[0], "__metadata__", ())
    return next((each for each in found if isinstance(each, Kind)), None)


def is_array(field: FieldInfo) -> bool:
    """Tell whether a field holds an array."""
    return get_origin(field.annotation) is tuple


def tables_of(field: FieldInfo) -> tuple[type[Table], ...]:
    """Find the tables that a field may hold: none for a scalar, several for alternatives."""
    return tuple(_tables(field.annotation))


def tag_of(table: type[Table]) -> str:
    """Give the value of the tag key that chooses this alternative."""
    return str(table.model_fields[table.tag_key].default)


def _tables(annotation: Any) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
        return
    parts = get_args(annotation)
    for part in parts[:1] if get_origin(annotation) is Annotated else parts:
        yield from _tables(part)
