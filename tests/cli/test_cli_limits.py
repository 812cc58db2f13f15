"""Files that are valid, and too much: a located refusal or a warning within seconds, never an exhausted machine."""

import os
import subprocess
import sys

import pytest

from hvecs import machine
from hvecs.cli import demand as against
from hvecs.cli.guide import read_chapters
from hvecs.spec import bounds, load
from hvecs.spec.demand import demand_of
from hvecs.spec.reading import read_bounded
from tests.cli.helpers import EXACT, environment, files_below, manifest

pytestmark = pytest.mark.journey

FLOOD = EXACT.replace('mean = "4 ms"', 'mean = "1 ns"').replace('"100 ms"', '"1000 s"')
FINE = EXACT.replace('sample = "10 ms"', 'sample = "1 us"').replace('"100 ms"', '"24 h"')
GRID = '[sweep]\nname = "x"\nscenario = "s.toml"\n' + "".join(
    f'[[axis]]\npath = "host.costs.{cost}"\nrange = ["1 us", "1 ms"]\npoints = {{n}}\n'
    for cost in ("dispatch", "hlt")
)


@pytest.fixture
def small_machine(monkeypatch):
    monkeypatch.setattr(against, "available_memory", lambda: 2**33)
    monkeypatch.setattr(against, "available_disk", lambda _: 2**36)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FLOOD, "s.toml:29: partition[1].workload: "),
        (FINE, "s.toml:6: scenario.sample: "),
        (
            EXACT.replace('memory = "8 GiB"', 'memory = "4 TiB"\npage = "4 KiB"\nlimits = "none"'),
            "s.toml:10: host.memory: ",
        ),
    ],
)
@pytest.mark.usefixtures("small_machine")
def test_what_is_beyond_the_machine_is_a_warning_and_needs_yes(hvecs, scenario, tmp_path, text, expected):
    scenario(text)
    done = hvecs("check", "s.toml")
    assert done.code == 0
    assert expected in done.out
    assert "(warning)" in done.out
    assert hvecs("check", "s.toml", "--json").data["files"][0]["warnings"]
    done = hvecs("run", "s.toml", "--out", "o")
    assert done.code == 3
    assert expected in done.err
    assert "--yes" in done.err
    assert files_below(tmp_path) == ["s.toml"]


@pytest.mark.usefixtures("small_machine")
def test_a_sweep_beyond_the_machine_needs_yes(hvecs, scenario, tmp_path):
    scenario(FINE)
    (tmp_path / "w.toml").write_text('[sweep]\nname = "x"\nscenario = "s.toml"\n')
    assert "s.toml:6: scenario.sample: " in hvecs("check", "w.toml").out
    done = hvecs("sweep", "w.toml", "--out", "o")
    assert done.code == 3
    assert "--yes" in done.err
    assert not (tmp_path / "o").exists()


@pytest.mark.usefixtures("small_machine")
def test_a_folder_that_is_named_by_a_uri_has_a_disk_too(hvecs, scenario, tmp_path):
    scenario(FINE)
    (tmp_path / "w.toml").write_text('[sweep]\nname = "x"\nscenario = "s.toml"\n')
    done = hvecs("sweep", "w.toml", "--out", f"file://{tmp_path}/o")
    assert done.code == 3
    assert "s.toml:6: scenario.sample: " in done.err
    assert files_below(tmp_path) == ["s.toml", "w.toml"]


def test_check_says_how_many_points_it_looks_at(hvecs):
    assert f"or {bounds.POINTS_LOOKED_AT} of them" in " ".join(hvecs("check", "--help").out.split())


def test_ordinary_runs_are_not_warned_of(hvecs, scenario):
    scenario()
    done = hvecs("check", "s.toml")
    assert (done.code, done.err) == (0, "")


def test_the_estimate_by_hand(scenario):
    """100 ms in samples of 10 ms: 2 LPs, 2 guest VPs, 2 root VPs, 5 rows a guest and 4 of the host."""
    found = demand_of(load(scenario()))
    assert found.rows == 10 * (2 + 2 + 2 + 5 * 2 + 4)
    flood = demand_of(load(scenario(FLOOD)))
    assert flood.memory_bytes == pytest.approx(208 * (1e12 - 1e6), rel=0.01)
    assert flood.memory_key == ("partition", 1, "workload")


@pytest.mark.parametrize(
    ("n", "code", "said"),
    [
        (1000, 3, "w.toml:4: axis: 1000000 points; expected at most 100000"),
        (60, 0, "3600 points; 900 of them"),
    ],
)
def test_grids(hvecs, scenario, n, code, said):
    scenario()
    scenario(GRID.format(n=n), "w.toml")
    done = hvecs("check", "w.toml")
    assert done.code == code
    assert said in done.out + done.err


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("# " + "x" * (4 << 20), "s.toml:1: larger than 4 MiB"),
        ("".join(f"a{n} = 1\n" for n in range(100_001)), "keys; expected at most 100000"),
        ("a = [" + "1," * 100_001 + "]\n", "elements of arrays; expected at most 100000"),
    ],
)
def test_files_that_are_too_large_are_not_parsed(hvecs, scenario, monkeypatch, extra, said):
    scenario(EXACT + extra)
    monkeypatch.setattr("hvecs.spec.files._loaded", lambda _: pytest.fail("parsed"))
    done = hvecs("check", "s.toml")
    assert done.code == 3
    assert said in done.out


def test_text_is_not_taken_for_keys(hvecs, scenario):
    quoted = EXACT.replace("Two guests", "= , [a] " * 1000) + "# = , " * 60_000 + "\n"
    scenario(quoted)
    assert bounds.too_much(quoted.encode()) is None
    assert hvecs("check", "s.toml").code == 0


def test_a_hundred_problems_are_printed_and_the_rest_counted(hvecs, scenario):
    scenario(EXACT.replace("affinity = [0]", f"affinity = [{', '.join(['-1'] * 5000)}]"))
    done = hvecs("check", "s.toml")
    assert done.code == 3
    lines = done.out.splitlines()
    assert len(lines) == 101
    assert lines[-1] == "and 4,900 more problems"
    data = hvecs("check", "s.toml", "--json").data["files"][0]
    assert (len(data["problems"]), data["more_problems"]) == (100, 4900)


def test_pipes_and_files_without_an_end_are_not_waited_for(hvecs, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    done = hvecs("check", "pipe")
    assert (done.code, done.err) == (2, "hvecs: cannot read pipe: not a regular file\n")
    (tmp_path / "log").write_text("x")

    def no_more(*_):
        raise BlockingIOError

    monkeypatch.setattr(os, "read", no_more)
    with pytest.raises(OSError, match="no end of it"):
        read_bounded(tmp_path / "log", 10)


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux bounds the memory of a process so"
)
def test_a_run_that_outgrows_memory_says_so_and_leaves_its_folder(hvecs, scenario, tmp_path):
    scenario()
    assert hvecs("run", "s.toml", "-q", "--out", "o").code == 0
    before = manifest(tmp_path / "o")
    scenario(FLOOD)
    code = (
        "import sys\nfrom hvecs import machine\nmachine.available_memory = lambda: 600 << 20\n"
        "from hvecs.cli import invoke\nsys.exit(invoke(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "run", "s.toml", "-q", "--yes", "--out", "o"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.splitlines(keepends=True)[-1]) == (
        1,
        "hvecs: the run needs more memory than this machine has left; o is as it was\n",
    )
    assert manifest(tmp_path / "o") == before
    assert not (tmp_path / "o.partial").exists()


def test_the_bound_on_memory_ends_with_the_run():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with machine.bounded_memory():
        pass
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_the_guide_names_the_bounds():
    text = read_chapters()["limits"]
    for bound in (bounds.MOST_KEYS, bounds.MOST_POINTS, bounds.MOST_RUNS, bounds.MOST_DATA_LINES):
        assert f"{bound:,}" in text
    for bound in (bounds.MOST_TOML_BYTES, bounds.MOST_DATA_BYTES):
        assert f"{bound >> 20} MiB" in text
    assert f"At most {bounds.MOST_PROBLEMS} problems" in text
    assert f"up to {bounds.POINTS_LOOKED_AT} points" in text
