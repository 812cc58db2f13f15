import os
import resource
import subprocess
from pathlib import Path

import pytest

from hvecs.cli.scenarios import unreadable
from hvecs.output.errors import Damaged
from tests.cli.helpers import EXACT, command, environment, files_below, hashes

# (what is changed, what stands there instead, how the problem reads after "s.toml:")
PROBLEMS = {
    "unknown key": (
        "threads = 1",
        "treads = 1",
        '21: partition[0].workload.treads: unknown key; did you mean "threads"?',
    ),
    "unknown table": ("[root]", "[rot]", '13: rot: unknown key; did you mean "root"?'),
    "no unit": (
        '"5 ms"',
        "5",
        '5: scenario.step: expected a duration with a unit such as "10 ms"; got 5',
    ),
    "wrong unit": (
        '"8 GiB"',
        '"8 s"',
        '10: host.memory: unknown unit "s"; expected one of B, KiB, MiB, GiB, TiB',
    ),
    "ambiguous unit": (
        '"8 GiB"',
        '"8 GB"',
        '10: host.memory: unit "GB" is ambiguous; write "8 GiB", as Windows means it',
    ),
    "reserve above cap": (
        "affinity = [0]",
        'reserve = "50 %", cap = "40 %"',
        '18: partition[0].processor.reserve: "50 %" is above the cap; expected at most "40 %"',
    ),
    "VPs beyond limits": (
        'name = "job"',
        'name = "job"\nvirtual_processors = 2049',
        (
            '16: partition[0]: beyond limits = "ws2025": 2050 VPs run at once; expected at most 2048, or limits = "none"\n'
            's.toml:18: partition[0].virtual_processors: beyond limits = "ws2025": 2049 VPs of a guest; '
            'expected at most 2048, or limits = "none"'
        ),
    ),
    "affinity to an absent LP": (
        "affinity = [0]",
        "affinity = [0, 2]",
        "18: partition[0].processor.affinity: LP 2 does not exist; expected LPs from 0 to 1",
    ),
    "guest larger than the host": (
        'name = "job"',
        'name = "job"\nmemory = "7.5 GiB"',
        '18: partition[0].memory: "7.5 GiB" does not fit into the host; expected at most "8 GiB" less a root reserve of "0.609375 GiB"',
    ),
    "missing data file": (
        'service = { distribution = "deterministic", mean = "1 ms" }',
        'service = { distribution = "empirical", file = "no.txt" }',
        '32: partition[1].workload.service.file: cannot read "no.txt": no such file or directory; expected a text file with one duration a line',
    ),
    "missing base": (
        "[scenario]",
        'extends = "no.toml"\n[scenario]',
        '1: extends: cannot read "no.toml": no such file or directory; expected a scenario file',
    ),
    "not TOML": ("[root]", "[root", "13: Expected ']' at the end of a table declaration"),
}
CHANGES = {
    "bad --set": (
        ["--set", "host.costs.dispatch=3"],
        '--set host.costs.dispatch: expected a duration with a unit such as "10 ms"; got 3',
    ),
    "no path": (
        ["--set", "host"],
        "--set host: ",
    ),
    "no such guest": (["--set", "partition.nobody.memory=1 GiB"], "--set partition.nobody.memory: "),
    "bad --duration": (
        ["--duration", "10 parsecs"],
        '--duration: unknown unit "parsecs"; expected one of ns, us, ',
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_located_and_nothing_is_run(hvecs, scenario, tmp_path, name):
    old, new, problem = PROBLEMS[name]
    assert EXACT.count(old) >= 1
    scenario(EXACT.replace(old, new, 1) if name != "not built yet" else EXACT.replace(old, new))
    done = hvecs("run", "s.toml")
    assert (done.code, done.out, done.err) == (3, "", f"s.toml:{problem}\n")
    assert files_below(tmp_path) == ["s.toml"]


@pytest.mark.parametrize("name", CHANGES)
def test_a_bad_change_names_its_option(hvecs, scenario, tmp_path, name):
    arguments, problem = CHANGES[name]
    scenario()
    done = hvecs("run", "s.toml", *arguments)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(problem)
    assert done.err.count("\n") == 1
    assert files_below(tmp_path) == ["s.toml"]


def test_all_problems_are_told_at_once(hvecs, scenario):
    scenario(EXACT.replace('"5 ms"', "5").replace('"8 GiB"', '"8 GB"').replace("threads = 1", "treads = 1"))
    done = hvecs("run", "s.toml", "--set", "root.background_cpu=2 %%")
    assert done.code == 3
    assert [line.split(": ")[0] for line in done.err.splitlines()] == [
        "s.toml:5",
        "s.toml:10",
        "s.toml:21",
        "--set root.background_cpu",
    ]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no.toml", "no such file or directory"),
        (".", "is a directory"),
        ("s.toml/x.toml", "not a directory"),
        ("/dev/null", "not a regular file"),
        ("x" * 300, "file name too long"),
    ],
)
def test_an_unreadable_scenario_path(hvecs, scenario, tmp_path, path, reason):
    scenario()
    done = hvecs("run", path)
    assert (done.code, done.out, done.err) == (2, "", f"hvecs: cannot read {path}: {reason}\n")
    assert files_below(tmp_path) == ["s.toml"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(13, "Permission denied"), "permission denied"),
        (OSError(27, "Larger than 4 MiB"), "larger than 4 MiB"),
        (OSError(121, "Remote I/O error"), "remote I/O error"),
        (OSError(95, "RPC version wrong"), "RPC version wrong"),
        (
            Damaged(Path("Runs/Web A.json"), "it is larger than 4 MiB"),
            "Runs/Web A.json: it is larger than 4 MiB",
        ),
        (ValueError("Web-0 of B.toml is none"), "Web-0 of B.toml is none"),
    ],
)
def test_names_in_a_reason_stay_as_they_are(error, reason):
    assert unreadable(Path("S.toml"), error) == f"cannot read S.toml: {reason}"


def test_a_folder_that_is_not_ours_is_left_alone(hvecs, scenario, tmp_path):
    scenario()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").write_text("precious")
    before = files_below(tmp_path)
    done = hvecs("run", "s.toml", "--out", "mine")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == f"hvecs: {tmp_path / 'mine'} holds files that are not of a run, such as thesis.doc; it is left as it is\n"
    )
    assert files_below(tmp_path) == before


def test_a_file_in_place_of_the_output(hvecs, scenario):
    path = scenario()
    done = hvecs("run", "s.toml", "--out", "s.toml")
    assert (done.code, done.err) == (2, f"hvecs: {path} is not a folder; it is left as it is\n")
    assert path.read_text() == EXACT


def test_an_output_below_a_file(hvecs, scenario, tmp_path):
    scenario()
    done = hvecs("run", "s.toml", "--out", "s.toml/deep/out")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("hvecs: cannot write ")
    assert done.err.count("\n") == 1
    assert files_below(tmp_path) == ["s.toml"]


def test_an_output_where_nobody_may_write(hvecs, scenario, tmp_path):
    scenario()
    done = hvecs("run", "s.toml", "--out", "/proc/out")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("hvecs: cannot write /proc/out")
    assert files_below(tmp_path) == ["s.toml"]


def limited():
    """Let no file grow beyond a few KiB, which is how a quota, and a full disk, look to a program."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))


def test_a_disk_that_fills_up_leaves_nothing(scenario, tmp_path):
    scenario()
    done = subprocess.run(
        command("run", "s.toml", "-q", "--set", "scenario.sample=10 us"),
        cwd=tmp_path,
        env=environment(),
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("hvecs: cannot write ")
    assert "File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert files_below(tmp_path) == ["runs", "runs/out", "s.toml"]


def test_a_full_disk_leaves_the_earlier_run(hvecs, scenario, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only the superuser may mount a small disk")
    try:
        scenario()
        assert hvecs("run", "s.toml", "-q", "--out", disk / "out").code == 0
        before = hashes(disk / "out")
        done = hvecs("run", "s.toml", "-q", "--out", disk / "out", "--set", "scenario.sample=10 us", "--yes")
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("hvecs: cannot write ")
        assert "No space left on device" in done.err
        assert [path.name for path in disk.iterdir()] == ["out"]
        assert hashes(disk / "out") == before
    finally:
        subprocess.run(["umount", disk], check=True)


def test_names_that_are_no_text(process, tmp_path):
    name = os.fsdecode(b"s\xff.toml")
    Path(tmp_path, name).write_text(EXACT)
    assert process("check", name).code == 0
    done = process("run", name, "-q", "--out", os.fsdecode(b"o\xff"))
    assert done.code == 0, done.err
    assert "tables in o\\udcff" in done.out
    assert os.fsencode(tmp_path / name) in [os.fsencode(path) for path in tmp_path.iterdir()]


def test_a_setting_that_is_no_text(process, scenario, tmp_path):
    scenario()
    done = process("run", "s.toml", "--set", os.fsdecode(b"scenario.purpose=\xff"))
    assert (done.code, done.out) == (3, "")
    assert done.err == "--set scenario.purpose=\\udcff: not UTF-8 text\n"
    assert files_below(tmp_path) == ["s.toml"]
