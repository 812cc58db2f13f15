"""Damaged files: each one is noticed and named, and what can be made again is, to the byte."""

from pathlib import Path

import pytest

from tests.folders import again, fingerprint, told_of_a_bug
from tests.fuzz.sizes import attacks, drawn

pytestmark = pytest.mark.fuzz

SEED = "damage 1"
FILES = 200


def damage(path, random):
    """Damage a file in one of many ways; gives the way, None if nothing changed."""
    ways = ("delete", "empty", "cut", "flip", "flip", "flip", "tail", "more", "zeros", "swap", "folder")
    way = random.choice(ways)
    if way in {"delete", "folder"}:
        path.unlink()
        if way == "folder":
            path.mkdir()
        return way
    before = path.read_bytes()
    content = changed(bytearray(before), way, random)
    path.write_bytes(content)
    return None if content == before else way


def changed(content, way, random):
    """Give the bytes of a file, changed."""
    match way:
        case "empty":
            content.clear()
        case "cut":
            del content[random.randrange(len(content)) :]
        case "flip":
            content[random.randrange(len(content))] ^= 1 << random.randrange(8)
        case "tail":
            at = len(content) - 1 - random.randrange(min(12, len(content)))
            content[at] ^= 1 << random.randrange(8)
        case "more":
            content += random.randbytes(random.randrange(1, 100))
        case "zeros":
            start = random.randrange(len(content))
            length = random.randrange(1, 100)
            content[start : start + length] = bytes(len(content[start : start + length]))
        case "swap":
            start = random.randrange(len(content))
            content = content[start:] + content[:start]
    return content


def test_damaged_files_are_noticed_and_made_again(hvecs, tmp_path, made):
    """A manifest that is no JSON any longer cannot be made again: then the folder is refused and left as it is."""
    whole = fingerprint(tmp_path / "good-S")
    names = sorted(whole)
    done = 0
    for number in range(attacks(FILES)):
        random = drawn(SEED, number)
        folder = again(tmp_path, "S", tmp_path / "good-S")
        name = "manifest.json" if random.random() < 0.1 else random.choice(names)
        way = damage(folder / name, random)
        if way is None:
            continue
        what = f"attack {number}: {way} {name}"
        verified = hvecs("verify", folder)
        assert verified.code in {2, 4}, what
        assert name in verified.out + verified.err, what
        assert verified.code == 4 or name == "manifest.json", what
        compared = hvecs("compare", folder, tmp_path / "good-S")
        assert compared.code in {2, 4}, what
        before = fingerprint(folder)
        resumed = hvecs("sweep", made, "--out", folder, "--resume", "-q")
        assert not any(map(told_of_a_bug, (verified, compared, resumed, hvecs("status", folder)))), what
        if resumed.code == 0:
            after = fingerprint(folder)
            assert {each: after[each] for each in names if each != "manifest.json"} == {
                each: whole[each] for each in names if each != "manifest.json"
            }, what
            assert hvecs("verify", folder).code == 0, what
        else:
            assert name == "manifest.json" or way == "folder", (what, resumed.err)
            assert resumed.code == 2, what
            assert fingerprint(folder) == before, what
        done += 1
    assert done


@pytest.mark.usefixtures("made")
def test_a_damaged_file_of_a_run_is_noticed_and_a_rerun_replaces_it(hvecs, tmp_path):
    names = sorted(fingerprint(tmp_path / "good-R"))
    for number in range(attacks(FILES // 4)):
        random = drawn(f"{SEED} run", number)
        folder = again(tmp_path, "R", tmp_path / "good-R")
        name = random.choice(names)
        way = damage(folder / name, random)
        what = f"attack {number}: {way} {name}"
        if way is None:
            continue
        verified, compared = hvecs("verify", folder), hvecs("compare", folder, tmp_path / "good-R")
        assert verified.code in {2, 4}, what
        assert compared.code in {2, 4}, what
        before = fingerprint(folder)
        rerun = hvecs("run", "small.toml", "--out", folder, "-q")
        assert not any(map(told_of_a_bug, (verified, compared, rerun))), what
        assert rerun.code == 0 or (rerun.code == 2 and fingerprint(folder) == before), (what, rerun.err)
        assert rerun.code == 0 or name == "manifest.json" or way == "folder", (what, rerun.err)
        assert rerun.code or hvecs("verify", Path(folder)).code == 0, what
