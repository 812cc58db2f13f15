"""No control sequence from a name, a purpose, a file name or a manifest reaches a terminal, in any command or format."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvecs.cli.clean import clean, one_line
from tests.cli.helpers import EXACT

EVIL = "a\x1b[31mred\x9b31m\u202eoxo\x07\u2066\x7f\rz"
WRITTEN = r"a\u001b[31mred\u009b31m\u202eoxo\u0007\u2066\u007f\u000dz"
HARMFUL = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
]
SCENARIO = EXACT.replace("Two guests with a processor each.", WRITTEN)
SWEEP = f'[sweep]\nname = "x"\npurpose = "{WRITTEN}"\nscenario = "s.toml"\n[[axis]]\npath = "scenario.purpose"\nvalues = ["{WRITTEN}"]\n'
LINES = [
    "show scenario s.toml",
    "show scenario s.toml --json",
    "plan w.toml --rate 1",
    "plan w.toml --rate 1 --json",
    f"check {EVIL}.toml",
    f"check {EVIL}.toml --json",
    f"check nowhere{EVIL}",
    f"run nowhere{EVIL} --out {EVIL}",
    f"show topology {EVIL}.toml",
    f"show topology s.toml --set host.{EVIL}=1",
    f"show counters {EVIL}",
    f"guide {EVIL}",
    f"new {EVIL}",
    f"status {EVIL}",
    f"compare {EVIL} {EVIL}",
    f"{EVIL}",
    f"run --{EVIL}",
]


def harmless(text):
    return not any(each in text for each in HARMFUL if each not in "\n\t")


@pytest.mark.parametrize("line", LINES)
def test_no_command_writes_a_control_sequence(hvecs, tmp_path, line):
    (tmp_path / "s.toml").write_text(SCENARIO)
    (tmp_path / "w.toml").write_text(SWEEP)
    (tmp_path / f"{EVIL}.toml").write_text(SCENARIO + "nonsense = 1\n")
    done = hvecs(*line.split(" "))
    assert done.out + done.err
    assert harmless(done.out + done.err)


def test_what_is_escaped_is_read_as_what_it_was(hvecs, tmp_path):
    (tmp_path / "s.toml").write_text(SCENARIO)
    assert tomllib.loads(hvecs("show", "scenario", "s.toml").out)["scenario"]["purpose"] == EVIL
    assert hvecs("show", "scenario", "s.toml", "--json").data["scenario"]["purpose"] == EVIL


def test_a_manifest_from_elsewhere_is_cleaned(hvecs, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text(
        json.dumps({"run": EVIL, "kind": EVIL, "sweep": EVIL, "status": EVIL})
    )
    for line in (["status", "run"], ["compare", "run", "run"]):
        done = hvecs(*line)
        assert done.code in {1, 2}
        assert harmless(done.out + done.err)


@given(st.text())
def test_nothing_harmful_passes_and_nothing_else_changes(text):
    assert harmless(clean(text))
    assert "\n" not in one_line(text)
    assert clean(clean(text)) == clean(text)
    plain = "".join(each for each in text if each.isalnum() or each in " \n\t")
    assert clean(plain) == plain


def test_examples():
    assert clean(EVIL) == WRITTEN
    assert clean("\U000e0041 \udc9b") == r"\U000e0041 \udc9b"
    assert clean("Straße 日本 \u200c\u200d") == "Straße 日本 \u200c\u200d"
    assert one_line("a\nb\tc") == r"a\u000ab\u0009c"
