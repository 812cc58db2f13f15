"""A scenario that is built once and run again gives what it gives when it is built anew, whatever was run on it before."""

import numpy as np
import pytest

from hvecs.engine import simulate
from hvecs.engine.stage import Stage
from hvecs.engine.stopwatch import Stopwatch
from hvecs.spec import load
from tests.arch.test_systems import SCENARIO
from tests.golden.test_golden import SCENARIOS
from tests.host_clusters import cluster, migrate, of_host
from tests.simulation import MS, S, always_runnable, collected, exponential, guest, opened, parsed, scenario

SEEDS = (3, 8, 3)
MOVES = {
    "events": [migrate(20 * MS, "web", "b"), of_host(200 * MS, "drain", "b")],
    "guests": [
        guest("web", 2, opened(exponential(MS), exponential(600_000)), host="a", memory="64 MiB"),
        guest("hog", 1, always_runnable(), host="b", memory="32 MiB"),
    ],
}


@pytest.fixture(params=["everything", "hosts", *SCENARIOS])
def scenario_of_many(request, tmp_path):
    """A scenario with everything that one host can have; one of two hosts; and those whose whole tables are kept."""
    if request.param == "everything":
        (tmp_path / "everything.toml").write_text(SCENARIO)
        return load(tmp_path / "everything.toml")
    if request.param == "hosts":
        return parsed(cluster(400 * MS, MOVES["guests"], MOVES["events"], sample="50 ms", trace=["dispatch"]))
    return parsed(SCENARIOS[request.param])


def with_seed(scenario_, seed):
    return scenario_.model_copy(update={"scenario": scenario_.scenario.model_copy(update={"seed": seed})})


def arrays(world):
    """Every array of a world by its name."""
    found = {component.__name__: table for component, table in world.columns.items()}
    for of, name in ((world.tables, "w"), (world.memory, "m"), (world.samples.tables, "s")):
        found |= {f"{name}.{member}": value for member, value in of._asdict().items()}
    pending = list(found.items())
    while pending:
        name, value = pending.pop()
        if isinstance(value, np.ndarray):
            yield name, value
        elif isinstance(value, tuple):
            names = getattr(value, "_fields", range(len(value)))
            pending += [(f"{name}.{member}", each) for member, each in zip(names, value, strict=True)]


def test_runs_on_one_stage_are_those_of_worlds_of_their_own(scenario_of_many):
    stage = Stage(scenario_of_many, kept=True)
    for seed in SEEDS:
        given = with_seed(scenario_of_many, seed)
        again = collected(lambda sink, given=given: simulate(given, sink, stage=stage))
        assert again.same_as(collected(lambda sink, given=given: simulate(given, sink)))
    stage.leave()


def test_all_that_a_run_has_changed_is_put_back(scenario_of_many):
    """Array by array: what no table of the output shows may still be wrong in a third run."""
    stage = Stage(scenario_of_many, kept=True)
    simulate(with_seed(scenario_of_many, 3), _Nowhere(), stage=stage)
    changed = {name: value.copy() for name, value in arrays(stage.world)}
    again = {name: value.copy() for name, value in arrays(stage.begun(8, Stopwatch()))}
    fresh = Stage(scenario_of_many)
    expected = dict(arrays(fresh.begun(8, Stopwatch())))
    assert again.keys() == expected.keys()
    assert [name for name in again if not _is_same(again[name], expected[name])] == []
    moved = [name for name in again if changed[name].shape == again[name].shape]
    assert not all(_is_same(changed[name], again[name]) for name in moved)
    stage.leave()


def _is_same(one, other):
    """Tell whether two arrays are the same to the bit; what lies between the columns of a table is nothing."""
    if one.dtype.names is None:
        return one.shape == other.shape and one.tobytes() == other.tobytes()
    return all(_is_same(one[name], other[name]) for name in one.dtype.names)


def test_a_stage_that_is_not_kept_is_run_once():
    stage = Stage(parsed(scenario(S, 1, [guest("a", 1, always_runnable())])))
    stage.begun(1, Stopwatch())
    with pytest.raises(RuntimeError, match="run once"):
        stage.begun(2, Stopwatch())


class _Nowhere:
    def write(self, table, columns):
        """Drop the rows."""
