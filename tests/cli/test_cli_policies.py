"""A scheduling policy in a file of the user's own: the guide's example, and everything that can be wrong with one."""

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hvecs.spec import load, resolved_toml
from tests.cli.helpers import manifest

GUIDE = Path(__file__).parents[2] / "hvecs" / "guide" / "scheduling.md"


def block(language):
    """The one block of the guide in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return found


@pytest.fixture
def study(tmp_path):
    (tmp_path / "priority.py").write_text(block("python"), encoding="utf-8")
    (tmp_path / "host.toml").write_text(block("toml"), encoding="utf-8")
    return tmp_path


@pytest.mark.journey  # a policy of one's own is compiled anew
def test_the_guides_policy_does_what_the_guide_says(study, hvecs):
    """Its weight gives the first guest half of the LP; strict priority gives it what it needs."""
    done = {}
    for name, sets in (("own", ["--allow-code"]), ("classic", ["--set", "host.scheduler=classic"])):
        answer = hvecs("run", "host.toml", *sets, "--out", name, "--json")
        assert answer.code == 0, answer.err
        done[name] = answer.data["run"]
    assert done["own"] != done["classic"]
    completed = {name: pq.read_table(study / name / "request")["completions"].to_pylist() for name in done}
    assert sum(completed["own"]) > 560
    assert sum(completed["classic"]) == pytest.approx(450, abs=10)
    assert "priority.py:policy" in (study / "own" / "resolved.toml").read_text(encoding="utf-8")
    assert any("priority.py" in file for file in manifest(study / "own")["inputs"])


def test_without_permission_no_code_runs(study, hvecs):
    (study / "priority.py").write_text('raise SystemExit("it ran")\n')
    answer = hvecs("run", "host.toml", "--out", "o")
    assert answer.code == 2
    assert "--allow-code" in answer.err
    assert "it ran" not in answer.err
    assert not (study / "o").exists()
    assert hvecs("check", "host.toml").code == 0


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("policy = 3\n", "priority.py: host.scheduler: no policy is named policy; expected"),
        ("def f(:\n", "priority.py:1: host.scheduler: SyntaxError"),
        ("x = 1\nimport nowhere\n", "priority.py:2: host.scheduler: ModuleNotFoundError"),
    ],
)
def test_a_file_without_a_policy_is_refused_at_its_line(study, hvecs, code, expected):
    (study / "priority.py").write_text(code)
    answer = hvecs("run", "host.toml", "--allow-code", "--out", "o")
    assert answer.code == 3
    assert expected in answer.err
    assert not (study / "o").exists()


@pytest.mark.parametrize(
    ("scheduler", "expected"),
    [
        ("absent.py:policy", 'there is no file "absent.py"; expected a Python file'),
        ("priority.py", 'expected "auto", "classic"'),
        ("clasic", 'did you mean "classic"'),
    ],
)
def test_a_scheduler_that_is_none_is_refused_at_its_line(study, hvecs, scheduler, expected):
    text = (study / "host.toml").read_text().replace("priority.py:policy", scheduler)
    (study / "host.toml").write_text(text)
    answer = hvecs("check", "host.toml")
    assert answer.code == 3
    assert "host.toml:7: host.scheduler: " in answer.out + answer.err
    assert expected in answer.out + answer.err


def test_another_content_is_another_run(study):
    """The identity of a run holds the content of the file, so that a changed policy is not taken for the old one."""
    before = resolved_toml(load(study / "host.toml"))
    assert resolved_toml(load(study / "host.toml")) == before
    with (study / "priority.py").open("a") as file:
        file.write("# changed\n")
    assert resolved_toml(load(study / "host.toml")) != before
