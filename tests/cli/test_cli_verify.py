"""`hvecs verify`, and what status, compare and --resume make of damage."""

import json
import os

import pytest

from hvecs.output.sealed import sealed
from tests.folders import fingerprint
from tests.sweeping import write

pytestmark = pytest.mark.journey


def flip(path, at=0.5):
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "is missing": lambda path: path.unlink(),
    "its size is 0 bytes; the manifest says ": lambda path: path.write_bytes(b""),
    "its size is 100 bytes; the manifest says ": lambda path: os.truncate(path, 100),
    "its SHA-256 differs from the manifest's": lambda path: flip(path, at=0.02),
    "is not a regular file": lambda path: (path.unlink(), path.symlink_to("/etc/passwd")),
}


@pytest.mark.parametrize("said", DAMAGES)
@pytest.mark.parametrize("name", ["runs", "job", "summary"])
def test_damage_to_a_sweep_is_noticed_named_and_healed(hvecs, tmp_path, made, name, said):
    folder = tmp_path / "S"
    path = max((folder / name).glob("*.parquet"))
    relative = path.relative_to(folder)
    DAMAGES[said](path)
    done = hvecs("verify", folder)
    assert (done.code, done.err) == (4, f"hvecs: 1 of the files in {folder} are not as its manifest says\n")
    assert done.out.startswith(f"{relative}: ")
    assert said in done.out
    assert done.out.count("\n") == 1
    assert hvecs("verify", folder, "--fast").code == (0 if "SHA" in said else 4)
    compared = hvecs("compare", folder, tmp_path / "good-S")
    assert (compared.code, compared.out) == (4, "")
    assert f"{folder}: {relative}: " in compared.err
    status = hvecs("status", folder)
    assert status.code == 0
    assert ("1 files are missing or of another size; see hvecs verify" in status.out) == ("SHA" not in said)
    resumed = hvecs("sweep", made, "--out", folder, "--resume", "-q")
    if "regular" in said:  # a link is none of ours to remove
        assert (resumed.code, path.is_symlink()) == (2, True)
        assert f"such as {relative}; it is left as it is" in resumed.err
        return
    assert resumed.code == 0, resumed.err
    assert f"{relative}: " in resumed.err
    assert path.read_bytes() == (tmp_path / "good-S" / relative).read_bytes()
    assert hvecs("verify", folder).code == 0
    assert json.loads((folder / "manifest.json").read_bytes())["status"] == "complete"


@pytest.mark.usefixtures("made")
def test_a_sweep_and_a_run_as_they_were_written(hvecs, tmp_path):
    before = fingerprint(tmp_path)
    done = hvecs("verify", "S")
    assert (done.code, done.out) == (
        0,
        "S: 18 files are as the manifest says\n",
    )  # 4 batches of 4 tables, 2 more
    assert hvecs("verify", "R").code == 0
    data = hvecs("verify", "R", "--json").data
    assert (data["ok"], data["kind"], data["damaged"], data["foreign"]) == (True, "run", [], [])
    assert data["files"] == len(fingerprint(tmp_path / "R"))
    assert fingerprint(tmp_path) == before


@pytest.mark.usefixtures("made")
def test_every_file_of_a_run_has_a_record(tmp_path):
    found = json.loads((tmp_path / "R/manifest.json").read_bytes())["files"]
    hashes = fingerprint(tmp_path / "R")
    del hashes["manifest.json"]
    assert {name: file["sha256"] for name, file in found.items()} == hashes
    assert found["scenario.toml"]["rows"] is None
    assert all((tmp_path / "R" / name).stat().st_size == file["size_bytes"] for name, file in found.items())


@pytest.mark.parametrize("name", ["scenario.toml", "runs"])
@pytest.mark.usefixtures("made")
def test_damage_to_a_run_is_noticed_and_ends_a_comparison(hvecs, tmp_path, name):
    path = tmp_path / "R" / name
    path = next(path.rglob("*.parquet")) if path.is_dir() else path
    flip(path)
    done = hvecs("verify", "R")
    assert (done.code, done.out.startswith(str(path.relative_to(tmp_path / "R")))) == (4, True)
    assert hvecs("compare", "R", "good-R").code == 4
    assert hvecs("run", "small.toml", "--out", "R", "-q").code == 0
    assert hvecs("verify", "R").code == 0


@pytest.mark.usefixtures("made")
def test_what_others_put_there_is_foreign_and_no_reason_to_stop_a_comparison(hvecs, tmp_path):
    for name in ("S/notes.txt", "S/runs/mine.parquet", "S/plots/a/b.png", "R/notes.txt", "R/plots/a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    done = hvecs("verify", "S")
    assert done.code == 4
    assert done.out.splitlines() == [
        f"{name}: the manifest does not name it" for name in ("notes.txt", "plots", "runs/mine.parquet")
    ]
    assert [line.partition(":")[0] for line in hvecs("verify", "R").out.splitlines()] == [
        "notes.txt",
        "plots",
    ]
    done = hvecs("compare", "S", "good-S")
    assert done.code == 0
    assert "S: notes.txt: the manifest does not name it; it is left out" in done.err


def test_a_manifest_that_was_changed_is_noticed(hvecs, tmp_path, made):
    path = tmp_path / "S/manifest.json"
    path.write_text(path.read_text().replace('"start": "2', '"start": "3'))
    done = hvecs("verify", "S")
    assert (done.code, done.out) == (4, "manifest.json: it differs from its own checksum\n")
    assert hvecs("sweep", made, "--out", "S", "--resume", "-q").code == 0
    assert hvecs("verify", "S").code == 0


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"format": "hvecs-sweep"}', '{"format": "hvecs-run"}', "\0" * 100]
)
def test_what_is_not_ours(hvecs, tmp_path, content):
    (tmp_path / "d").mkdir()
    if content is not None:
        (tmp_path / "d/manifest.json").write_text(content)
    for command in (("verify", "d"), ("compare", "d", "d"), ("status", "d")):
        done = hvecs(*command)
        assert (done.code, done.out) == (2, "")
        assert "manifest.json" in done.err
    assert hvecs("verify", "none").code == 2


def test_whatever_reads_a_run_refuses_one_that_holds_the_rows_of_another(hvecs, tmp_path):
    """The file can be read; only its hash tells."""
    scenario = write(tmp_path).with_name("small.toml")
    for name, seed in (("R", 1), ("other", 2)):
        assert hvecs("run", scenario, "--seed", seed, "--out", name, "-q").code == 0
    mine, theirs = (
        next((tmp_path / name / "virtual_processor").rglob("*.parquet")) for name in ("R", "other")
    )
    mine.write_bytes(theirs.read_bytes())
    for command in (
        ("calibrate", scenario, "--against", "R", "--out", "c.toml"),
        ("report", "R"),
        ("export", "csv", "R", "--out", "x"),
    ):
        done = hvecs(*command)
        assert done.code == 4, command
        assert "1 of the files in R are not as its manifest says; see hvecs verify" in done.err
    assert not any((tmp_path / name).exists() for name in ("c.toml", "R.html", "x"))


@pytest.mark.parametrize(
    ("given", "of"),
    [
        ("hvecs-capture", "a capture, not of a run"),
        ("hvecs-sweep", "a sweep, not of a run"),
        ("x" * 99, f"the format '{'x' * 60}', not of a run"),
    ],
)
def test_a_folder_of_another_kind_is_named(hvecs, tmp_path, given, of):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/manifest.json").write_text(json.dumps({"format": given}))
    done = hvecs("export", "csv", "d", "--out", "x")
    assert done.code == 2
    assert f"it is that of {of}" in done.err
    if given != "hvecs-sweep":
        assert f"it is that of {of}" in hvecs("verify", "d").err


@pytest.mark.usefixtures("made")
def test_rows_are_counted_and_a_footer_is_bounded(hvecs, tmp_path):
    """A manifest of an attacker has the right hash of a wrong file."""
    folder = tmp_path / "S"
    name = "job/b00000.parquet"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    del manifest["sha256"]
    manifest["files"][name]["rows"] += 1
    (folder / "manifest.json").write_bytes(sealed(json.dumps(manifest, indent=2)))
    for fast in ((), ("--fast",)):
        done = hvecs("verify", folder, *fast)
        assert (done.code, done.out) == (4, f"{name}: it has 1 rows; the manifest says 2\n")


def test_a_summary_is_healed_with_its_baseline(hvecs, tmp_path, made):
    done = hvecs("sweep", made, "--out", "S", "--resume", "-q", "--baseline", "weight=400")
    assert done.code == 0
    path = tmp_path / "S/summary/summary.parquet"
    expected = path.read_bytes()
    assert expected != (tmp_path / "good-S/summary/summary.parquet").read_bytes()
    assert hvecs("verify", "S").code == 0
    flip(path)
    done = hvecs("sweep", made, "--out", "S", "--resume", "-q")
    assert "summary/summary.parquet: its SHA-256 differs from the manifest's; it is made again" in done.err
    assert path.read_bytes() == expected


def test_an_unfinished_sweep_is_verified_as_far_as_it_is_made(hvecs, tmp_path, made):
    hvecs("sweep", made, "--out", "half", "--shard", "1/2", "-q")
    done = hvecs("verify", "half")
    assert (done.code, done.out) == (0, "half: 9 files are as the manifest says; 2 of 4 batches are made\n")
    flip(tmp_path / "half/runs/_b00000.json")
    done = hvecs("verify", "half")
    assert (done.code, done.out.partition(":")[0]) == (4, "runs/_b00000.json")
    assert hvecs("sweep", made, "--out", "half", "--resume", "-q").code == 0
    assert hvecs("verify", "half").code == 0
    assert fingerprint(tmp_path / "half").keys() == fingerprint(tmp_path / "good-S").keys()
