import pytest

from tests.cli.helpers import EXACT

BAD = EXACT.replace("threads = 1", "treads = 1").replace('"8 GiB"', "8")
PROBLEMS = """\
bad.toml:10: host.memory: expected a size with a unit such as "8 GiB"; got 8
bad.toml:21: partition[0].workload.treads: unknown key; did you mean "threads"?
"""


@pytest.fixture(autouse=True)
def files(scenario):
    scenario()
    scenario(BAD, "bad.toml")


def test_good_files(hvecs):
    done = hvecs("check", "s.toml")
    assert (done.code, done.out, done.err) == (0, "s.toml: ok\n", "")


def test_problems_are_the_answer(hvecs):
    done = hvecs("check", "bad.toml", "s.toml")
    assert (done.code, done.out, done.err) == (3, f"{PROBLEMS}s.toml: ok\n", "")


def test_quietly(hvecs):
    assert hvecs("check", "-q", "s.toml").out == ""
    assert hvecs("check", "-q", "bad.toml", "s.toml").out == PROBLEMS


def test_an_unreadable_file_does_not_hide_the_others(hvecs):
    done = hvecs("check", "no.toml", "s.toml")
    assert (done.code, done.out) == (2, "s.toml: ok\n")
    assert done.err == "hvecs: cannot read no.toml: no such file or directory\n"
    assert hvecs("check", "no.toml", "bad.toml").code == 3


def test_changes_are_checked(hvecs):
    done = hvecs("check", "s.toml", "--set", "host.memory=1", "--duration", "0 s")
    assert done.code == 3
    assert [line.split(": ")[0] for line in done.out.splitlines()] == ["--set host.memory", "--duration"]


def test_json(hvecs):
    done = hvecs("check", "bad.toml", "s.toml", "no.toml", "--json")
    bad, good, missing = done.data["files"]
    assert done.code == 3
    nothing = {"problems": [], "more_problems": 0, "warnings": []}
    assert good == {"file": "s.toml", "readable": True, "ok": True, **nothing}
    assert missing == {"file": "no.toml", "readable": False, "ok": False, **nothing}
    assert bad["ok"] is False
    assert bad["problems"][1] == {
        "file": "bad.toml",
        "line": 21,
        "path": "partition[0].workload.treads",
        "message": 'unknown key; did you mean "threads"?',
    }


WARNED = EXACT.replace("affinity = [0]", "threads_per_core = 1")
WARNING = "partition[0].processor.threads_per_core: has no effect: only the core scheduler, on a host with SMT, has virtual cores"


def test_a_key_without_effect_is_a_warning_of_check_and_run(hvecs, scenario):
    scenario(WARNED, "warned.toml")
    done = hvecs("check", "warned.toml")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"warned.toml:18: {WARNING} (warning)\nwarned.toml: ok\n"
    [file] = hvecs("check", "warned.toml", "--json").data["files"]
    assert (file["ok"], file["warnings"]) == (True, [f"warned.toml:18: {WARNING}"])
    done = hvecs("run", "warned.toml", "--out", "o", "-q")
    assert done.code == 0
    assert f"hvecs: warning: warned.toml:18: {WARNING}\n" in done.err
