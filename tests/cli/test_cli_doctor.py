import subprocess
import sys

import pytest

from hvecs.cli import doctor
from hvecs.cli.doctor import NEEDED
from tests.cli.helpers import environment, files_below

SUBJECTS = ["hvecs", "rooms", "python", *NEEDED, "processors", "kernel cache", "results", "a second"]


def test_all_is_well(hvecs, tmp_path):
    done = hvecs("doctor", "-q", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.data["ok"] is True
    assert [each["subject"] for each in done.data["findings"]] == SUBJECTS
    assert all(each["ok"] and each["seen"] for each in done.data["findings"])
    assert files_below(tmp_path) == []


def test_in_words(hvecs):
    done = hvecs("doctor", "-q")
    assert done.code == 0
    marks = [line.split()[0] for line in done.out.splitlines() if not line.startswith(" ")]
    assert marks == ["ok"] * len(SUBJECTS)
    words = " ".join(done.out.split())  # where lines end depends on how long the paths are
    assert "systems and " in words
    assert "of simulated time took " in words


def test_results_that_cannot_be_written(hvecs, tmp_path):
    (tmp_path / "runs").write_text("a file")
    done = hvecs("doctor", "-q", "--json")
    assert done.code == 1
    wrong = [each for each in done.data["findings"] if not each["ok"]]
    assert [each["subject"] for each in wrong] == ["results"]
    assert wrong[0]["seen"] == f"{tmp_path / 'runs'} is not a folder"
    assert done.err == "hvecs: something is wrong; see above\n"


def test_an_old_package_is_told(monkeypatch):
    monkeypatch.setattr(doctor.metadata, "version", lambda _name: "3.8.1")
    assert doctor._needs("esper", "3.9")() == (False, "3.8.1; 3.9 or later is needed")
    monkeypatch.setattr(doctor.metadata, "version", lambda _name: "3.10")
    assert doctor._needs("esper", "3.9")() == (True, "3.10")


@pytest.mark.parametrize("package", ["numba", "pyarrow", "pydantic"])
def test_a_missing_package_is_told(tmp_path, package):
    """Whatever cannot be loaded, the doctor says so and does not fail itself."""
    code = f"import sys; sys.modules[{package!r}] = None; from hvecs.cli import invoke; sys.exit(invoke(['doctor', '-q']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "FAIL  a second" in done.stdout
    assert package in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
