"""What a worker keeps of the worlds of points: from the second run on, as far as there is room, and nothing with code of the user's own."""

import pickle

import pytest

from hvecs.spec.sweep_loading import load_sweep
from hvecs.sweeps.manifest import manifest_of, write_manifest
from hvecs.sweeps.plan import make_plan
from hvecs.sweeps.stages import MOST_BYTES, Stages
from hvecs.sweeps.store import open_store
from hvecs.sweeps.work import context_of, make_batch, task_of
from tests.simulation import MS, always_runnable, guest, parsed, scenario
from tests.sweeping import write


def point(name, **more):
    return pickle.dumps(parsed(scenario(MS, 1, [guest(name, 1, always_runnable())], **more)))


def test_a_point_has_a_stage_from_its_second_run_on():
    stages, one, other = Stages(), point("a"), point("b")
    assert stages.stage(one) is None
    kept = stages.stage(one)
    assert kept is not None
    assert stages.stage(other) is None
    assert stages.stage(one) is kept
    assert stages.scenario(one) is stages.scenario(one)
    assert stages.scenario(other).partition[0].name == "b"


def test_stages_have_no_more_room_than_they_are_given():
    one, other = point("a"), point("b")
    alone = Stages()
    alone.stage(one)
    size = alone.stage(one).size_bytes
    stages = Stages(size * 3 // 2)
    for each in (one, other):
        stages.stage(each)
    assert stages.stage(one) is not None
    assert stages.stage(other) is None
    assert stages.stage(one) is not None


def test_a_stage_that_is_left_makes_room():
    one = point("a")
    stages = Stages()
    stages.stage(one)
    kept = stages.stage(one)
    stages.leave(one)
    stages.leave(one)
    assert stages.stage(one) is not kept


def test_what_has_code_of_the_users_own_is_built_for_every_run():
    scenario_ = Stages().scenario(point("a"))
    own = scenario_.host.model_copy(update={"scheduler": "mine.py:policy"})
    one = pickle.dumps(scenario_.model_copy(update={"hosts": (own,)}))
    stages = Stages()
    assert stages.stage(one) is None
    assert stages.stage(one) is None


def files(folder):
    """The bytes of the files of all tables."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.glob("*/*.parquet")}


@pytest.mark.parametrize("most_bytes", [2**20, MOST_BYTES])
def test_files_are_the_same_whatever_is_kept(tmp_path, most_bytes):
    """With room for few points, and for all."""
    plan = make_plan(load_sweep(write(tmp_path)))
    contents = []
    for name, stages in (("anew", None), ("kept", Stages(most_bytes))):
        store = open_store(str(tmp_path / name))
        write_manifest(store, manifest_of(plan, (), {}))
        for batch in plan.batches:
            assert (
                make_batch(
                    context_of(plan, store.place), task_of(plan, batch), lambda *_: None, stages=stages
                )
                == 0
            )
        contents.append(files(tmp_path / name))
    assert contents[0] == contents[1]
