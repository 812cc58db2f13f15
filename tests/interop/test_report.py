"""The page of a capture: what its logs tell is drawn as of a run, and what they do not is left out."""

import csv
import re
import shutil

import numpy as np
import pytest

from hvecs.cli import invoke
from tests.cli.test_cli_report import read
from tests.interop.logs import log, rows_of, write


@pytest.fixture(scope="module")
def logs(run_folder, tmp_path_factory):
    """Logs of the small run."""
    folder = tmp_path_factory.mktemp("logs")
    assert invoke(["export", "perfmon", "-q", str(run_folder), "--out", str(folder / "logs")]) == 0
    return folder / "logs"


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Imports logs, and gives the words on the page of the capture."""
    monkeypatch.chdir(tmp_path)

    def made(logs):
        assert invoke(["import", "perfmon", "-q", str(logs), "--out", "capture"]) == 0
        assert invoke(["report", "capture", "--out", "capture.html"]) == 0
        return "".join(read(tmp_path / "capture.html").words)

    return made


def test_a_capture_is_shown_as_the_run_that_it_is_of(page, logs, run_folder, tmp_path):
    shown = page(logs)
    assert invoke(["report", str(run_folder), "--out", "run.html"]) == 0
    of_run = "".join(read(tmp_path / "run.html").words)
    for said in (
        r"Verdict: [^\n]*",
        r"The host's processors are \d+ % busy",
        r"Guests hold [\d.]+ GiB at the end",
    ):
        assert re.search(said, shown)[0] == re.search(said, of_run)[0]
    for guest in ("SQL Server 01", 'sv101 (linux) "é"'):
        assert guest in shown
    assert "1 s captured" in shown
    assert "_Total, which follows from the others" in shown


def test_what_was_measured_is_not_said_to_be_simulated(page, logs):
    shown = page(logs)
    assert re.search(r"\btime, s\b", shown)
    assert "simulated" not in shown
    assert "warm-up" not in shown


def test_a_capture_is_named_after_its_host_however_its_logs_are_named(page, logs, tmp_path):
    """The log of a guest comes first by its name."""
    for file in logs.glob("*.csv"):
        shutil.copy(file, tmp_path / f"{'z' if file.stem == 'HVHOST' else 'a'} {file.name}")
    shown = page(tmp_path)
    assert "HVHOST" in shown.split("captured")[0]
    assert "3 logs of 3 machines" in shown
    (row,) = rows_of(next((tmp_path / "capture" / "runs").rglob("*.parquet")))
    assert row["scenario"] == "HVHOST"


def test_by_hand(page, tmp_path):
    """LP 0 runs 12.5, 25 and 0 % of equal intervals, 12.5 % in the mean, said in whole ones; guest code alone is told of VPs, and nothing of the root."""
    shown = page(write(tmp_path / "log.csv", log()))
    assert "30 s captured" in shown
    assert "LPs 12 % busy" in shown
    for left_out in ("Who uses the processors", "Guests hold", "Task Manager"):
        assert left_out not in shown


@pytest.mark.parametrize(
    "seed", [0, 1, 2, *(pytest.param(n, marks=pytest.mark.journey) for n in range(3, 8))]
)
def test_whatever_a_log_lacks_the_page_has_no_figure_that_is_none(page, logs, tmp_path, seed):
    rng = np.random.default_rng(seed)
    kept, blank = rng.choice([0.05, 0.3, 0.8]), rng.choice([0, 0.1, 0.5])
    (tmp_path / "logs").mkdir()
    for file in logs.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as given:
            head, *rows = csv.reader(given)
        columns = [0, *(at for at in range(1, len(head)) if rng.random() < kept)]
        with (tmp_path / "logs" / file.name).open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, quoting=csv.QUOTE_ALL)
            writer.writerow([head[at] for at in columns])
            for row in rows:
                cells = [" " if at and rng.random() < blank else row[at] for at in columns]
                if rng.random() < 0.9:
                    writer.writerow(cells)
    assert re.findall(r".*\b(?:nan|None|inf)\b.*", page(tmp_path / "logs")) == []
