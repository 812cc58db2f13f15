import re
from pathlib import Path

import pytest

from hvecs.output.identity import RunSource, run_id


def test_a_run_id_is_r_and_twelve_hex_digits():
    assert re.fullmatch("r[0-9a-f]{12}", run_id("x = 1\n", 1))


def test_a_run_id_is_always_the_same():
    assert run_id("[scenario]\n", 1, schema_version="1", version="0.1.0") == "r3ca8c487dcca"


@pytest.mark.parametrize(
    "changed",
    [
        {"resolved": "other"},
        {"seed": 2},
        {"schema_version": "2"},
        {"version": "2"},
    ],
)
def test_every_field_counts(changed):
    fields = {"resolved": "text", "seed": 1, "schema_version": "1", "version": "1"}
    assert run_id(**fields) != run_id(**(fields | changed))


def test_fields_do_not_run_into_each_other():
    assert run_id("a1", 1) != run_id("a", 11)
    assert run_id("a", 1, schema_version="12", version="3") != run_id(
        "a", 1, schema_version="1", version="23"
    )


def test_a_source_knows_its_id_and_its_files_and_not_how_it_was_started():
    source = RunSource(scenario=Path("s"), resolved="a", seed=1, argv=["x"], inputs=[Path("base")])
    assert source.run_id == run_id("a", 1)
    assert source.files == (Path("s"), Path("base"))
