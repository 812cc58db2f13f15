"""Parquet files that Python has opened are read in one thread, and not ahead either, which is done by others.

Threads of Arrow give back what they read after the call has returned, and need Python for that: where it is about to end they end the process
by a signal, its work done. On a loaded machine four in ten runs of several hosts ended so.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hvecs

READING = {"read_row_group", "read_row_groups", "iter_batches"}
PACKAGE = Path(hvecs.__file__).parent


def switches(tree):
    """Give the line of each call that opens a Parquet file, or reads columns of one, and what it says of ahead, or of threads.

    Reading is done by methods that nothing else has, or by `read` with columns.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given = {each.arg: each.value for each in node.keywords}
            if node.func.attr == "ParquetFile":
                yield node.lineno, given.get("pre_buffer")
            elif node.func.attr in READING or (node.func.attr == "read" and "columns" in given):
                yield node.lineno, given.get("use_threads")


def in_threads(text):
    return [
        line
        for line, given in switches(ast.parse(text))
        if not (isinstance(given, ast.Constant) and given.value is False)
    ]


def test_all_are_read_in_one_thread():
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert sum(len(list(switches(ast.parse(text)))) for text in texts.values()) > 15
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
        ("pq.ParquetFile(f)", [1]),
        ("pq.ParquetFile(f, pre_buffer=False)", []),
    ],
)
def test_a_read_in_threads_is_seen(text, lines):
    assert in_threads(text) == lines


THREADS = """
import os
import sys
import pyarrow.parquet as pq

def threads():
    return len(os.listdir("/proc/self/task"))

with open(sys.argv[1], "rb") as opened, pq.ParquetFile(opened, pre_buffer={ahead}) as file:
    before = threads()
    file.read(columns=["a"], use_threads=False)
    list(file.iter_batches(100, columns=["a"], use_threads=False))
    for group in range(file.num_row_groups):
        file.read_row_group(group, use_threads=False)
    print(threads() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted where Linux lists them")
@pytest.mark.parametrize("ahead", [False, True])
def test_what_is_read_so_is_read_by_no_other_thread(tmp_path, ahead):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": list(range(10_000))}), path, row_group_size=1000)
    ran = subprocess.run(
        [sys.executable, "-c", THREADS.format(ahead=ahead), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (int(ran.stdout) > 0) == ahead
