import pytest

from tests.arch.test_indices import HOSTS
from tests.cli.helpers import BUSY, hashes, manifest

pytestmark = pytest.mark.journey
SMALL = ("--duration", "8 ms", "--set", "scenario.sample=3 ms", "--set", "scenario.step=2 ms")


@pytest.fixture
def run(process, hvecs, scenario, tmp_path):
    """Runs BUSY into a folder of its own and gives the hashes of its tables; with settings, in a process of its own."""
    scenario(BUSY)

    def run(name, *arguments, **settings):
        begin = process if settings else hvecs
        done = begin("run", "s.toml", "-q", "--out", name, *arguments, **settings)
        assert done.code == 0, done.err
        return hashes(tmp_path / name)

    return run


def test_the_hash_seed_of_the_process_does_not_matter(run, tmp_path):
    first = run("a", PYTHONHASHSEED=1)
    assert len(first) == 14
    assert run("b", PYTHONHASHSEED=2) == first
    assert manifest(tmp_path / "a")["run"] == manifest(tmp_path / "b")["run"]


def test_another_seed_gives_other_tables(hvecs, scenario, tmp_path):
    scenario(BUSY)
    for name in ("1", "2"):
        assert hvecs("run", "s.toml", "-q", "--out", name, "--seed", name).code == 0
    first, second = hashes(tmp_path / "1"), hashes(tmp_path / "2")
    assert first["dispatch"] != second["dispatch"]
    assert first["job"] != second["job"]


def test_fused_unfused_and_uncompiled_agree(run):
    fused = run("a", *SMALL)
    assert run("b", "--unfused", *SMALL) == fused
    assert run("c", *SMALL, NUMBA_DISABLE_JIT=1) == fused
    assert run("d", "--unfused", *SMALL, NUMBA_DISABLE_JIT=1) == fused


def test_several_hosts_give_the_same_tables_compiled_and_not(process, hvecs, scenario, tmp_path):
    scenario(HOSTS.replace("SCHEDULER", "classic"))
    for name, begin, settings in (("a", hvecs, {}), ("b", process, {"NUMBA_DISABLE_JIT": 1})):
        done = begin("run", "s.toml", "-q", "--out", name, **settings)
        assert done.code == 0, done.err
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_fused_and_unfused_agree_on_all_of_it(run):
    assert run("a") == run("b", "--unfused")
