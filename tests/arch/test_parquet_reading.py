"""Parquet files that Python has opened are read in one thread.

Threads of Arrow give back what they read after the call has returned, and need Python for that: where it is about to end they end the process
by a signal, its work done. On a loaded machine four in ten runs of several hosts ended so.
"""

import ast
from pathlib import Path

import pytest

import hvecs

READING = {"read_row_group", "read_row_groups", "iter_batches"}
PACKAGE = Path(hvecs.__file__).parent


def reads(tree):
    """Give the calls that read columns of a Parquet file: by methods that nothing else has, or `read` with columns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given = {each.arg: each.value for each in node.keywords}
            if node.func.attr in READING or (node.func.attr == "read" and "columns" in given):
                yield node.lineno, given.get("use_threads")


def in_threads(text):
    return [
        line
        for line, given in reads(ast.parse(text))
        if not (isinstance(given, ast.Constant) and given.value is False)
    ]


def test_all_are_read_in_one_thread():
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert sum(len(list(reads(ast.parse(text)))) for text in texts.values()) > 10
    assert {
        str(path.relative_to(PACKAGE)): found for path, text in texts.items() if (found := in_threads(text))
    } == {}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("f.read(columns=a)", [1]),
        ("f.read(columns=a, use_threads=False)", []),
        ("\nf.read_row_group(0, a, use_threads=True)", [2]),
        ("f.iter_batches(10)", [1]),
        ("f.read(100)", []),
    ],
)
def test_a_read_in_threads_is_seen(text, lines):
    assert in_threads(text) == lines
