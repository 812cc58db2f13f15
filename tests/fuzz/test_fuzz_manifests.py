"""Doctored manifests: whatever they say, nothing outside of the folder is read, written, followed or removed."""

import json
import shutil

import pytest

from hvecs.output.sealed import sealed
from tests.folders import again, fingerprint, told_of_a_bug
from tests.fuzz.sizes import attacks, drawn

pytestmark = pytest.mark.fuzz

SEED = "manifests 1"
MANIFESTS = 500

HOSTILE = (
    None, True, 0, -1, 1, 2**31, 2**63, 2**63 - 1, 10**30, 1e308, -0.5, "", "x", "..", "../canary", "../canary/notes.txt",
    "../../../../../../etc/passwd", "/etc/passwd", "/", ".", "runs/../../canary/runs/b00000.parquet", "b00000", "b00001",
    "../canary/b00000", "runs", "summary", "lock", "notes.txt", "a\x00b", "\x1b[2J", "\u202e", "x" * 300, "x" * 100_000, [], {},
    [[]], [None], {"": ""}, {"a": {"b": "c"}}, [["r000000000000", 0, 0]], [["r000000000000", 9, 9]], [["../canary/runs/b00000", 0, 1]],
    [["b00000", 0, 10**9]], [["b00000", 0, -1]], "complete", "running", "hvecs-run", "hvecs-sweep", "r" + "0" * 12, "f" * 64,
    {"../canary/notes.txt": {"size_bytes": 4, "sha256": "f" * 64, "rows": 1}}, {"notes.txt": {"size_bytes": 4, "sha256": "f" * 64, "rows": None}},
    {"name": "x", "table": "../canary", "column": "x", "aggregate": "max", "where": {}}, "a = " + "[" * 100_000, "a." * 5_000 + "b = 1",
)  # fmt: skip


def places(value, at=()):
    """Give the place of everything in nested data."""
    yield at
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*at, key))


def doctored(content, random):
    """Change some places of a manifest; gives the text."""
    data = json.loads(content)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        # all of the many runs and files are one place, as likely as any other
        at = random.choice(
            [place for place in places(data) if place and (len(place) < 2 or random.random() < 0.2)]
        )
        inner = data
        for key in at[:-1]:
            inner = inner[key]
        match random.choice(("hostile", "hostile", "hostile", "delete", "twice")):
            case "delete":
                del inner[at[-1]]
            case "twice" if isinstance(inner, list):
                inner.append(inner[at[-1]])
            case "twice":
                inner[str(random.choice(HOSTILE))] = inner[at[-1]]
            case _:
                inner[at[-1]] = random.choice(HOSTILE)
    data.pop("sha256", None)
    return sealed(json.dumps(data, indent=2)) if random.random() < 0.8 else json.dumps(data).encode()


def link(folder, canary, random):
    """Let something in the folder lead out of it."""
    path = random.choice(sorted(path for path in folder.rglob("*") if path.name != "manifest.json"))
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    target = random.choice(sorted([canary, *canary.rglob("*")]))
    if random.random() < 0.3 and target.is_file():
        path.hardlink_to(target)
    else:
        path.symlink_to(target)


def test_doctored_manifests_lead_nowhere(hvecs, tmp_path, made):
    canary = tmp_path / "canary"
    around = fingerprint(canary), made.read_bytes()
    for number in range(attacks(MANIFESTS)):
        random = drawn(SEED, number)
        kind = random.choice("RS")
        folder = again(tmp_path, kind, tmp_path / f"good-{kind}")
        manifest = folder / "manifest.json"
        manifest.write_bytes(doctored(manifest.read_bytes(), random))
        if random.random() < 0.3:
            link(folder, canary, random)
        (folder / "notes.txt").write_text("mine")
        writes = (
            ("sweep", made, "--out", folder, "--resume", "-q")
            if kind == "S"
            else ("run", "small.toml", "--out", folder, "-q")
        )
        for command in (
            ("status", folder), ("verify", folder), ("verify", folder, "--fast"), ("compare", folder, folder), writes,
        ):  # fmt: skip
            done = hvecs(*command)
            what = f"attack {number}: {command[0]}: {done.err[-2000:]}"
            assert done.code in {0, 1, 2, 4}, what
            assert not told_of_a_bug(done), what
            assert (fingerprint(canary), made.read_bytes()) == around, what
            assert (folder / "notes.txt").read_text() == "mine", what
        (folder / "notes.txt").unlink()
        done = hvecs(*writes)
        assert done.code in {0, 1, 2}, (number, done.err)
        assert not told_of_a_bug(done), (number, done.err)
        assert (fingerprint(canary), made.read_bytes()) == around, number
