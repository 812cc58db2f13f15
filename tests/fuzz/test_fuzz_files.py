"""Mutated scenario and sweep files: each is accepted, or refused with located problems; nothing else ever happens.

There are 10,000 (see tests.fuzz.sizes). File n is made from seed n and no other state, so that a failure is repeated by its number alone.
"""

import contextlib
import io
import random
import re

import pytest

from hvecs.cli import invoke
from tests.cli.helpers import BUSY, EXACT
from tests.fuzz.sizes import attacks

pytestmark = pytest.mark.fuzz

FILES = attacks(10_000)
PARTS = 20
ENOUGH = 200
"""Of so many files some are accepted, and some refused."""
SWEEP = """\
[sweep]
name = "x"
scenario = "base.toml"
replications = 3
design = "grid"

[[axis]]
path = "host.costs.context_switch"
values = ["1 us", "20 us"]

[[axis]]
path = "partition.web.processor.weight"
range = [10, 1000]
scale = "log"
points = 3

[[outcome]]
name = "busy"
table = "logical_processor"
column = "guest_run_ns"
where = { lp = 1 }
aggregate = "p95"
"""
TEXTS = (EXACT, BUSY, SWEEP)
HOSTILE = [
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\x1b[31m", b"\r", b"\n", b'"', b"'", b'"""', b"[", b"]", b"[[", b"{", b"}", b"=", b".", b",",
    b"#", b"-", b"1e999", b"nan", b"inf", b"9" * 5000, b"[" * 200, b"\\u202e", b"\\ud800", b'"-1 s"', b'"0 ns"', b'"366 d"', b'"1 ns"', b'"9 TiB"',
    b"0", b"-1", b"9223372036854775807", b"18446744073709551616", b"1979-05-27", b"true", b"[]", b"{}", b'extends = "base.toml"\n',
    b'extends = "mutant.toml"\n', b"values = [1, 1.0, true]\n", b"points = 100000\n", b"replications = 100000\n", b"count = 262144\n",
]  # fmt: skip
LINE = re.compile(r"(mutant|base)\.toml(:[0-9]+)?: |and [0-9,]+ more problems?|--set |[0-9,]+ more problems?")


def mutant(seed):
    """Make the file of a seed: one of the texts with up to six changes of bytes, lines, values or hostile pieces."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    content = bytearray(draw.choice(TEXTS).encode())
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        at = draw.randrange(len(content) + 1)
        match draw.randrange(6):
            case 0:
                content[at:at] = draw.choice(HOSTILE)
            case 1:
                del content[at : at + draw.randint(1, 40)]
            case 2 if at < len(content):
                content[at] ^= 1 << draw.randrange(8)
            case 3:
                lines = bytes(content).splitlines(keepends=True)
                draw.shuffle(lines) if draw.random() < 0.1 else lines.insert(
                    draw.randrange(len(lines) + 1), draw.choice(lines or [b""])
                )
                content = bytearray(b"".join(lines))
            case 4:
                values = list(re.finditer(rb"= (.*)$", bytes(content), re.MULTILINE))
                if values:
                    one, other = draw.choice(values), draw.choice([*(each[1] for each in values), *HOSTILE])
                    content[one.start(1) : one.end(1)] = other
            case _:
                content = content[:at] if draw.random() < 0.2 else content + draw.choice(HOSTILE)
    return bytes(content)


def told(arguments):
    """Run a command in this process; give its exit code and all it said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        return invoke(arguments), said.getvalue()


@pytest.mark.parametrize("part", range(PARTS))
def test_a_mutated_file_is_accepted_or_refused_at_its_place(tmp_path, monkeypatch, part):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.toml").write_text(EXACT)
    codes = dict.fromkeys((0, 2, 3), 0)
    for seed in range(part, FILES, PARTS):
        (tmp_path / "mutant.toml").write_bytes(mutant(seed))
        code, said = told(["check", "mutant.toml"])
        assert code in codes, (seed, code, said)
        assert "internal error" not in said, (seed, said)
        assert "Traceback" not in said, (seed, said)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", said), (seed, said)
        if code == 3:
            assert all(LINE.match(line) for line in said.splitlines() if "warning" not in line), (seed, said)
        codes[code] += 1
    if sum(codes.values()) >= ENOUGH:
        assert min(codes[0], codes[3]) > 0, codes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base.toml", "mutant.toml"]
