"""Bounds of inputs: what is larger is refused before it is parsed; the guide's chapter on limits lists them."""

import re
from typing import Final

from hvecs.spec.reading import size_text

MOST_TOML_BYTES: Final = 4 << 20
MOST_KEYS: Final = 100_000
MOST_ELEMENTS: Final = 100_000
MOST_DATA_BYTES: Final = 64 << 20
MOST_DATA_LINES: Final = 2_000_000
MOST_CODE_BYTES: Final = 1 << 20
"""Of a Python file of the user's."""
MOST_PROBLEMS: Final = 100
"""So many problems are printed, the others counted."""
MOST_POINTS: Final = 100_000
MOST_RUNS: Final = 1_000_000
POINTS_LOOKED_AT: Final = 1_000
"""So many points of a sweep are looked at by `check`, spread evenly; plan and sweep look at all."""
MOST_POINT_BYTES: Final = 1 << 30
"""What the scenarios of all points of a sweep may take in memory."""

TOO_LARGE: Final = f"larger than {size_text(MOST_TOML_BYTES)}; expected less, with long lists in data files"

_TEXT: Final = re.compile(
    rb'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_HEADER: Final = re.compile(rb"^[ \t]*\[[^\[\]\n,=]|^[ \t]*\[\[[^\[\]\n,=]", re.MULTILINE)
_ENDS_HEADER: Final = re.compile(rb"\][ \t\r]*$", re.MULTILINE)


def too_much(content: bytes) -> str | None:
    """Say why a TOML file is too much to be parsed, or None: keys and elements are counted without parsing it."""
    if (
        max(content.count(b"="), content.count(b","), content.count(b"["))
        <= min(MOST_KEYS, MOST_ELEMENTS) // 2
    ):
        return None
    bare = _TEXT.sub(b"0", content)
    headers = min(len(_HEADER.findall(bare)), len(_ENDS_HEADER.findall(bare)))
    keys, elements = bare.count(b"=") + headers, bare.count(b",")
    if keys > MOST_KEYS:
        return f"about {keys} keys; expected at most {MOST_KEYS}"
    if elements > MOST_ELEMENTS:
        return f"about {elements} elements of arrays; expected at most {MOST_ELEMENTS}, with long lists in data files"
    return None
