import resource
import subprocess

import pytest

from tests.cli.helpers import command, environment, files_below


def test_a_new_scenario_is_valid_and_runs(hvecs, tmp_path):
    done = hvecs("new", "mine")
    assert (done.code, done.out, done.err) == (0, "mine.toml\n", "")
    text = (tmp_path / "mine.toml").read_text()
    assert text.count("#") > 15
    assert 'name = "mine"' in text
    assert "NAME" not in text
    assert hvecs("check", "mine.toml").out == "mine.toml: ok\n"
    done = hvecs("run", "mine.toml")
    assert done.code == 0
    assert "tables in runs/out/mine\n" in done.out
    assert "warning" not in done.err


def test_its_comments_are_true(hvecs, tmp_path):
    """What is commented out can be put in."""
    hvecs("new", "mine")
    text = (tmp_path / "mine.toml").read_text()
    for line in ("# trace", "# warm_up", "# [host.costs]", "# preset", "# context_switch"):
        assert text.count(f"\n{line}") == 1
        text = text.replace(f"\n{line}", f"\n{line.removeprefix('# ')}")
    (tmp_path / "all.toml").write_text(text)
    assert hvecs("check", "all.toml").out == "all.toml: ok\n"


@pytest.mark.parametrize("name", ["mine", "mine.toml"])
def test_nothing_is_overwritten(process, tmp_path, name):
    (tmp_path / "mine.toml").write_text("precious")
    done = process("new", name)
    assert (done.code, done.out) == (2, "")
    assert done.err == "hvecs: mine.toml exists already; it is left as it is\n"
    assert (tmp_path / "mine.toml").read_text() == "precious"


def test_it_can_lie_in_a_folder(hvecs, tmp_path):
    (tmp_path / "studies").mkdir()
    assert hvecs("new", "studies/mine").out == "studies/mine.toml\n"
    assert 'name = "mine"' in (tmp_path / "studies" / "mine.toml").read_text()


@pytest.mark.parametrize("name", ["", ".", "a/", 'quo"te', "x" * 101, "new\nline"])
def test_a_name_that_will_not_do(hvecs, tmp_path, name):
    done = hvecs("new", name)
    assert (done.code, done.out) == (2, "")
    assert "expected a name of 1 to 100 letters" in done.err
    assert files_below(tmp_path) == []


def test_a_folder_that_is_not_there(hvecs):
    done = hvecs("new", "no/mine")
    assert (done.code, done.err) == (1, "hvecs: cannot write no/mine.toml: No such file or directory\n")


def test_a_full_disk_leaves_no_file(tmp_path):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = subprocess.run(
        command("new", "mine"),
        cwd=tmp_path,
        env=environment(PYTHONDONTWRITEBYTECODE=1),
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "hvecs: cannot write mine.toml: File too large\n",
    )
    assert files_below(tmp_path) == []
