import re
import tomllib
from pathlib import Path
from typing import Any, Final

from hvecs.spec.bounds import MOST_TOML_BYTES, TOO_LARGE, too_much
from hvecs.spec.host_tables import HOST
from hvecs.spec.nodes import DEEPEST, Node, Place, is_array, is_table, plant, too_deep
from hvecs.spec.positions import key_lines
from hvecs.spec.problems import Problem, show
from hvecs.spec.reading import TooLarge, in_sentence, read_bounded

_BY_NAME: Final = ("partition", HOST)
"""Arrays of tables that merge by name. One table [host] holds for each [[host]] of the other file, and gives way to one that it extends it."""
_BARE: Final = re.compile(
    r"\s*([\w.-]{1,60})\s*=\s*([A-Za-z][\w ./-]{0,60}?|\d[\d.]{0,20} ?[A-Za-z%/]{1,10})\s*(?:#.*)?$"
)


class _BadFile(Exception):  # noqa: N818 - it never leaves this module: it becomes a Problem
    """A file is not valid TOML in UTF-8; with the line, where known."""

    def __init__(self, message: str, line: int | None) -> None:
        self.message, self.line = message, line
        super().__init__(message)


def read_tree(path: Path) -> tuple[Node, list[Problem]]:
    """Read a scenario file and those that it extends, merged into one tree.

    With problems, the tree holds what could be read. Raises OSError when `path` itself is unreadable.
    """
    problems: list[Problem] = []
    try:
        content = read_bounded(path, MOST_TOML_BYTES)
    except TooLarge:
        return Node({}, Place(str(path), 1, path.parent)), [Problem(str(path), 1, "", TOO_LARGE)]
    tree = _extended(path, content, (path.resolve(),), problems)
    return tree, problems


def decoded(content: bytes) -> str:
    """Read bytes as UTF-8 text, with or without a byte-order mark.

    Raises UnicodeDecodeError.
    """
    return content.decode("utf-8-sig")


def reason(error: Exception) -> str:
    """Say why a file could not be read."""
    return in_sentence(error.strerror) if isinstance(error, OSError) else "not a valid file name"


def _extended(path: Path, content: bytes, chain: tuple[Path, ...], problems: list[Problem]) -> Node:
    try:
        tree = _parsed(path, content)
    except _BadFile as bad:
        problems.append(Problem(str(path), bad.line, "", bad.message))
        return Node({}, Place(str(path), 1, path.parent))
    parent = tree.value.pop("extends", None)
    if parent is None:
        return tree
    base = _base(parent, chain, problems)
    return tree if base is None else _merged(base, tree, top=True)


def _base(parent: Node, chain: tuple[Path, ...], problems: list[Problem]) -> Node | None:
    def problem(message: str) -> None:
        problems.append(Problem(parent.place.file, parent.place.line, "extends", message))

    if not isinstance(parent.value, str):
        problem(f"expected the name of a scenario file; got {show(parent.value)}")
        return None
    path = parent.place.folder / parent.value
    try:
        resolved = path.resolve()
        if resolved in chain:
            problem(f"{show(parent.value)} extends this file in turn; expected a file that does not")
            return None
        if path.exists() and not path.is_file():
            problem(f"{show(parent.value)} is not a file; expected a scenario file")
            return None
        content = read_bounded(path, MOST_TOML_BYTES)
    except TooLarge:
        problem(f"{show(parent.value)} is {TOO_LARGE}")
        return None
    except (OSError, ValueError, RuntimeError) as error:
        problem(f"cannot read {show(parent.value)}: {reason(error)}; expected a scenario file")
        return None
    return _extended(path, content, (*chain, resolved), problems)


def _parsed(path: Path, content: bytes) -> Node:
    try:
        text = decoded(content)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _BadFile("not UTF-8 text; expected a TOML file saved as UTF-8", line) from None
    if message := too_much(content):
        raise _BadFile(message, 1)
    data = _loaded(text)
    if too_deep(data):
        raise _BadFile(f"nested too deeply; expected at most {DEEPEST} levels", 1)
    return plant(data, Place(str(path), 1, path.parent), key_lines(text.encode()))


def _loaded(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _BadFile(f"nested too deeply; expected at most {DEEPEST} levels", 1) from None
    except tomllib.TOMLDecodeError as error:
        message, found, place = str(error).rpartition(" (at ")
        line = re.match(r"line (\d+)", place)
        end = text.count("\n") + 1
        at = int(line[1]) if line else end
        raise _BadFile((message if found else str(error)) + _hint(text, at), at) from None
    except ValueError:
        found_at = re.search(r"[0-9_]{4300}", text)
        line_of = text[: found_at.start()].count("\n") + 1 if found_at else 1
        raise _BadFile("a number has too many digits; expected at most 4300", line_of) from None


def _hint(text: str, line: int) -> str:
    """Give a hint where a line holds a text, or a quantity, without its quotes."""
    written = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    bare = _BARE.match(written)
    return f'; expected quotes: {bare[1]} = "{bare[2]}"' if bare else ""


def _merged(base: Node, over: Node, *, top: bool = False) -> Node:
    """Lay one tree over another: tables key by key, top-level `partition` and `host` by name, all else replaced."""
    if not (is_table(base) and is_table(over)):
        return over
    together = dict(base.value)
    for key, new in over.value.items():
        old = together.get(key)
        if old is None:
            together[key] = new
        elif top and key in _BY_NAME and is_array(old) and is_array(new):
            together[key] = _merged_by_name(old, new)
        elif top and key == HOST and is_array(old) and is_table(new):
            together[key] = Node(tuple(_merged(each, new) for each in old.value), old.place)
        elif top and key == HOST and is_table(old) and is_array(new):
            together[key] = Node(tuple(_merged(old, each) for each in new.value), new.place)
        else:
            together[key] = _merged(old, new)
    return Node(together, over.place)


def _merged_by_name(base: Node, over: Node) -> Node:
    blocks = list(base.value)
    index = {name_of(block): i for i, block in reversed(list(enumerate(blocks)))}
    for block in over.value:
        at = index.pop(name_of(block), None) if name_of(block) is not None else None
        if at is None:
            blocks.append(block)
        else:
            blocks[at] = _merged(blocks[at], block)
    return Node(tuple(blocks), over.place)


def name_of(block: Node) -> str | None:
    """Give a block's name, if it has one that is a string."""
    name = block.value.get("name") if is_table(block) else None
    return name.value if name is not None and isinstance(name.value, str) else None
