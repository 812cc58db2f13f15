"""Words of the field in place of our keys, and texts without their quotes, get a hint."""

import pytest

from hvecs.spec import SpecError, load
from hvecs.spec.reference import scenario_keys
from hvecs.spec.words import SYNONYMS, meant_by


def problems(folder, text):
    path = folder / "host.toml"
    path.write_text(text)
    with pytest.raises(SpecError) as found:
        load(path)
    return str(found.value).splitlines()


@pytest.mark.parametrize(
    ("table", "word", "key"),
    [
        ("[[partition]]\nname = 'a'", "vcpus = 2", "virtual_processors"),
        ("[[partition]]\nname = 'a'", "vCPU = 2", "virtual_processors"),
        ("[[partition]]\nname = 'a'", "ram = '1 GiB'", "memory"),
        ("[[partition]]\nname = 'a'\n[partition.processor]", "limit = '50 %'", "cap"),
        ("[[partition]]\nname = 'a'\n[partition.processor]", "RelativeWeight = 50", "weight"),
        ("[[partition]]\nname = 'a'\n[partition.processor]", "wieght = 50", "weight"),
        ("[host]", "ram = '8 GiB'", "memory"),
        ("[host]", "hyperthreading = 2", "threads_per_core"),
    ],
)
def test_the_key_that_is_meant_is_named(tmp_path, table, word, key):
    found = [each for each in problems(tmp_path, f"{table}\n{word}\n") if "unknown key" in each]
    assert len(found) == 1
    assert found[0].endswith(f'; did you mean "{key}"?')


def test_every_synonym_stands_for_a_key_that_there_is():
    known = {part for key in scenario_keys() for part in key.path.split(".")}
    for word, keys in SYNONYMS.items():
        assert set(keys) <= known, word


def test_a_word_stands_only_for_keys_of_its_table():
    assert meant_by("limit", ["weight", "reserve"]) is None
    assert meant_by("cores", ["logical_processors", "memory"]) == "logical_processors"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("name = a", 'name = "a"'),
        ("memory = 8 GiB", 'memory = "8 GiB"'),
        ("reserve = 5 %  # of each", 'reserve = "5 %"'),
    ],
)
def test_a_text_without_quotes_gets_a_hint(tmp_path, line, hint):
    found = problems(tmp_path, f"[scenario]\n{line}\n")[0]
    assert found.startswith(f"{tmp_path / 'host.toml'}:2: ")
    assert found.endswith(f"; expected quotes: {hint}")


@pytest.mark.parametrize("line", ["name = ", "name = [", "= 5", "a = 1 2", 'a = "b" c'])
def test_other_mistakes_get_no_such_hint(tmp_path, line):
    assert "expected quotes" not in "".join(problems(tmp_path, f"[scenario]\n{line}\n"))
