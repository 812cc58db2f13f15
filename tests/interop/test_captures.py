"""Captures and runs that come from elsewhere: nothing outside of their folders is read, and no fault is one of ours."""

import json
import os

import numpy as np
import pyarrow.parquet as pq
import pytest

from hvecs.cli import invoke
from hvecs.interop.grouping import groups
from hvecs.output.capture import owned_capture_names
from tests.interop.test_fit import INVENTORY


@pytest.fixture
def capture(run_folder, tmp_path):
    logs, capture = tmp_path / "logs", tmp_path / "capture"
    assert invoke(["export", "perfmon", str(run_folder), "--out", str(logs)]) == 0
    assert invoke(["import", "perfmon", str(logs), "--out", str(capture)]) == 0
    return capture


def link_away(folder, table):
    """Put a link to the same content elsewhere in the place of a table."""
    file = next((folder / table).rglob("*.parquet"))
    file.rename(folder.with_name(f"{table}.parquet"))
    file.symlink_to(folder.with_name(f"{table}.parquet"))
    return file


def compared(capture, run_folder, capsys):
    capsys.readouterr()
    return invoke(["compare", str(capture), str(run_folder)]), capsys.readouterr().err


def change(capture, key, value):
    path = capture / "manifest.json"
    manifest = json.loads(path.read_text())
    if value is None:
        del manifest["tables"][key]
    else:
        manifest["tables"][key]["path"] = value
    path.write_text(json.dumps(manifest))


def test_a_table_of_a_capture_that_is_a_link_is_not_read(capture, run_folder, tmp_path, capsys):
    link_away(capture, "virtual_processor")
    (tmp_path / "i.json").write_text(json.dumps(INVENTORY))
    asked = ["import", "host", str(tmp_path / "i.json"), "--perfmon", str(capture), "--out"]
    assert invoke([*asked, str(tmp_path / "mine.toml")]) == 1
    assert "part-0.parquet: it cannot be read: is not a regular file" in capsys.readouterr().err
    assert not (tmp_path / "mine.toml").exists()
    assert compared(capture, run_folder, capsys)[0] == 0
    link_away(capture, "runs")
    code, said = compared(capture, run_folder, capsys)
    assert code == 4
    assert "part-0.parquet: it cannot be read: is not a regular file" in said


@pytest.mark.parametrize("path", ["../runs.parquet", "guest/run=c0123456789ab/part-0.parquet"])
def test_a_manifest_names_the_files_of_a_capture_only(capture, run_folder, capsys, path):
    assert len(owned_capture_names(capture)) > 2
    change(capture, "runs", path)
    code, said = compared(capture, run_folder, capsys)
    assert code == 2
    assert f"manifest.json: tables.runs.path: {path!r} is no file of a capture" in said
    assert owned_capture_names(capture) == frozenset()


def test_a_capture_without_its_outcomes_is_refused(capture, run_folder, capsys):
    change(capture, "runs", None)
    code, said = compared(capture, run_folder, capsys)
    assert code == 2
    assert "manifest.json: it names no table runs" in said


def test_a_manifest_that_is_a_pipe_or_a_link_is_none(capture, run_folder, tmp_path, capsys):
    manifest = capture / "manifest.json"
    manifest.rename(tmp_path / "elsewhere.json")
    manifest.symlink_to(tmp_path / "elsewhere.json")
    assert compared(capture, run_folder, capsys)[0] == 2
    manifest.unlink()
    os.mkfifo(manifest)
    assert compared(capture, run_folder, capsys)[0] == 2


def test_a_file_of_another_table_is_not_that_of_the_outcomes(capture, run_folder, capsys):
    file = next((capture / "runs").rglob("*.parquet"))
    file.write_bytes(next((capture / "guest").rglob("*.parquet")).read_bytes())
    code, said = compared(capture, run_folder, capsys)
    assert code == 4
    assert "part-0.parquet: it is not the table of one run" in said


@pytest.mark.parametrize("kind", ["perfmon", "openmetrics", "csv"])
def test_a_table_of_a_run_that_is_a_link_is_not_exported(run_copy, tmp_path, capsys, kind):
    link_away(run_copy, "logical_processor")
    assert invoke(["export", kind, str(run_copy), "--out", str(tmp_path / "o")]) == 4
    assert "part-0.parquet: " in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("kind", ["perfmon", "openmetrics", "csv", "perfetto"])
@pytest.mark.parametrize("damage", ["cut", "another's", "scenario"])
def test_a_run_that_is_damaged_is_not_exported(run_copy, tmp_path, capsys, kind, damage):
    """A table that can be read, and is another's, too: nothing but the manifest tells."""
    table = next((run_copy / "guest").rglob("*.parquet"))
    if damage == "cut":
        table.write_bytes(b"PAR1 and no more")
    elif damage == "another's":
        rows = pq.read_table(table, partitioning=None)
        pq.write_table(rows.slice(1), table)
    else:
        (run_copy / "resolved.toml").write_text("[scenario")
    assert invoke(["export", kind, str(run_copy), "--out", str(tmp_path / "o")]) == 4
    said = capsys.readouterr().err
    assert ("resolved.toml: " if damage == "scenario" else "part-0.parquet: ") in said
    assert f"1 of the files in {run_copy} are not as its manifest says; see hvecs verify" in said
    assert not (tmp_path / "o").exists()


def test_no_guest_may_have_the_name_of_the_host(run_folder, tmp_path, capsys):
    asked = ["export", "perfmon", str(run_folder), "--out", str(tmp_path / "o")]
    assert invoke([*asked, "--machine", "sql server 01"]) == 2
    assert "a guest has the name of the host" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.mark.usefixtures("capture")
def test_each_command_says_what_it_would_replace(run_folder, tmp_path, capsys):
    """A folder of the user's is named as none of what the command writes, and so is a place that it wants to work in."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "x.partial").mkdir()
    for folder in ("mine", "x.partial"):
        (tmp_path / folder / "thesis.txt").write_text("years")
    for words, what in (
        (["export", "csv", str(run_folder)], "an export"),
        (["import", "perfmon", str(tmp_path / "logs")], "a capture"),
    ):
        for out in ("mine", "x"):
            capsys.readouterr()
            assert invoke([*words, "--out", str(tmp_path / out)]) == 2
            assert f"holds files that are not of {what}" in capsys.readouterr().err


def test_rows_are_grouped_by_their_keys():
    assert [(key, rows.tolist()) for key, rows in groups(["b", "a", None, "b", "c", "a"])] == [
        ("b", [0, 3]),
        ("a", [1, 5]),
        ("c", [4]),
    ]
    assert list(groups([])) == []
    assert list(groups(np.empty(0))) == []
