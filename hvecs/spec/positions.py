import tomllib
from collections.abc import Iterator

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from hvecs.spec.problems import Steps


def key_lines(source: bytes) -> dict[Steps, int]:
    """Map every path of a valid TOML file to the line, from 1, on which its key or header stands.

    Covers tables, arrays of tables, dotted and quoted keys, inline tables and the elements of arrays. A table
    with a header of its own has that line, else the line where it is first implied.
    """
    tree = Parser(Language(tree_sitter_toml.language())).parse(source)
    lines: dict[Steps, int] = {(): 1}
    lengths: dict[Steps, int] = {}
    for item in tree.root_node.named_children:
        if item.type == "pair":
            _pair(item, (), lines)
        elif item.type in {"table", "table_array_element"}:
            _table(item, lines, lengths)
    return lines


def _table(item: Node, lines: dict[Steps, int], lengths: dict[Steps, int]) -> None:
    header, *body = (each for each in item.named_children if each.type != "comment")
    line = item.start_point.row + 1
    *outer, last = _keys(header)
    steps: Steps = ()
    for key in outer:
        steps = (*steps, key)
        lines.setdefault(steps, line)
        if steps in lengths:
            steps = (*steps, lengths[steps] - 1)
    steps = (*steps, last)
    if item.type == "table_array_element":
        lines.setdefault(steps, line)
        index = lengths.get(steps, 0)
        lengths[steps] = index + 1
        steps = (*steps, index)
    lines[steps] = line
    for pair in body:
        if pair.type == "pair":
            _pair(pair, steps, lines)


def _pair(item: Node, steps: Steps, lines: dict[Steps, int]) -> None:
    key, value = (each for each in item.named_children if each.type != "comment")
    line = item.start_point.row + 1
    for part in _keys(key):
        steps = (*steps, part)
        lines.setdefault(steps, line)
    _value(value, steps, lines)


def _value(value: Node, steps: Steps, lines: dict[Steps, int]) -> None:
    inner = [each for each in value.named_children if each.type != "comment"]
    if value.type == "inline_table":
        for pair in inner:
            _pair(pair, steps, lines)
    elif value.type == "array":
        for index, element in enumerate(inner):
            lines[*steps, index] = element.start_point.row + 1
            _value(element, (*steps, index), lines)


def _keys(node: Node) -> Iterator[str]:
    if node.type == "dotted_key":
        for part in node.named_children:
            yield from _keys(part)
        return
    text = (node.text or b"").decode()
    yield text if node.type == "bare_key" else next(iter(tomllib.loads(f"{text} = 0")))
