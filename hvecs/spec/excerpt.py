"""Part of a scenario: what stands under the paths that hold some text."""

from collections.abc import Iterator
from typing import Any

from hvecs.spec.paths import key_text


def excerpt(tables: dict[str, Any], text: str) -> dict[str, Any]:
    """Keep of a scenario, as plain tables, the keys whose path holds `text`; and the name of each block of which something is kept.

    Paths are those of `--set`: a block stands with its name (`partition.web.processor.weight`), or without one by its place (`event[0].at`).
    """
    return _kept(tables, "", text)


def _kept(table: dict[str, Any], at: str, text: str) -> dict[str, Any]:
    return {key: part for key, value in table.items() for part in _part(value, _below(at, key), text)}


def _part(value: Any, path: str, text: str) -> Iterator[Any]:
    """Give what is kept of a value, if anything is."""
    if text in path:
        yield value
    elif isinstance(value, dict):
        kept = _kept(value, path, text)
        if kept:
            yield kept
    elif isinstance(value, list):
        blocks = [block for place, each in enumerate(value) for block in _of_block(each, path, place, text)]
        if blocks:
            yield blocks


def _of_block(block: Any, path: str, place: int, text: str) -> Iterator[dict[str, Any]]:
    if not isinstance(block, dict):
        return
    name = block.get("name")
    path = f"{path}[{place}]" if name is None else _below(path, name)
    for kept in _part(block, path, text):
        yield kept if name is None else {"name": name, **kept}


def _below(path: str, key: str) -> str:
    return f"{path}.{key_text(key)}" if path else key_text(key)
