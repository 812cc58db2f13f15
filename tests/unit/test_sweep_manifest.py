"""A manifest that says what no sweep has is refused, whatever it says it of."""

from dataclasses import replace

import pytest

from hvecs.output.manifest import ManifestError
from hvecs.spec.sweep_loading import load_sweep
from hvecs.sweep.manifest import manifest_of, read_sweep_manifest, write_manifest
from hvecs.sweep.plan import Batch, make_plan
from hvecs.sweep.store import open_store
from tests.sweeping import SWEEP, write


@pytest.fixture
def manifest(tmp_path):
    return manifest_of(make_plan(load_sweep(write(tmp_path, SWEEP))), (), {})


def _read(folder, manifest):
    store = open_store(str(folder / "out"))
    (folder / "out").mkdir()
    write_manifest(store, manifest)
    return read_sweep_manifest(store)


def test_a_manifest_is_read_as_it_was_written(tmp_path, manifest):
    assert _read(tmp_path, manifest) == replace(manifest, sweep=_read_again(manifest.sweep))


def _read_again(value):
    """Give what JSON makes of tuples."""
    if isinstance(value, dict):
        return {key: _read_again(each) for key, each in value.items()}
    return [_read_again(each) for each in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda m: {"paths": ("a..b", m.paths[1])}, "paths: expected paths of keys"),
        (lambda m: {"paths": ("", m.paths[1])}, "paths: expected paths of keys"),
        (lambda m: {"paths": (m.paths[0], m.paths[0])}, "paths: one name twice"),
        (lambda m: {"tables": (*m.tables, m.tables[0])}, "tables: one name twice"),
        (lambda _: {"tables": ("../job",)}, "tables: expected names of tables"),
        (lambda m: {"points": m.points[:-1]}, "runs: a point or a replication that there is not"),
        (lambda m: {"points": ((1,), *m.points[1:])}, "points: expected a value for each of 2 paths"),
        (lambda m: {"runs": (m.runs[1], *m.runs[1:])}, "runs: one name twice"),
        (lambda m: {"runs": (m.runs[0]._replace(run="../r"), *m.runs[1:])}, "runs: expected ids of runs"),
        (lambda _: {"baseline": 6}, "baseline: a point that there is not"),
        (lambda m: {"batches": m.batches[:-1]}, "batches: expected each run in one of them"),
        (lambda m: {"batches": (Batch("b0", 0, len(m.runs)),)}, "batches: expected names such as b00000"),
    ],
)
def test_what_no_sweep_has_is_refused(tmp_path, manifest, changed, said):
    with pytest.raises(ManifestError, match=said.replace("(", r"\(")):
        _read(tmp_path, replace(manifest, **changed(manifest)))
