"""Kernels are compiled once for each scheduler of a sweep, by one process of those that share a cache."""

import time

import pytest

from hvecs.sweeps import warm


@pytest.fixture
def simulated(tmp_path, monkeypatch):
    """Which schedulers a little is simulated with; a policy in the file broken.py fails."""
    found = []

    def simulate(scheduler):
        if "broken" in scheduler:
            raise TypeError(scheduler)
        found.append(scheduler)

    monkeypatch.setattr(warm, "_simulate_a_little", simulate)
    monkeypatch.setattr(warm.code_folder, "cache_folder", lambda: tmp_path)
    return found


def test_each_scheduler_is_warmed_up_once(simulated):
    for _ in range(2):
        warm.warm_up(["classic", "core"], lambda: None)
    warm.warm_up(["core", "root"], lambda: None)
    assert simulated == ["classic", "core", "root"]


def test_a_policy_is_warmed_up_again_when_its_file_has_changed(simulated, tmp_path):
    file = tmp_path / "mine.py"
    for text in ("a = 1", "a = 1", "a = 2"):
        file.write_text(text)
        warm.warm_up([f"{file}:policy"], lambda: None)
    assert len(simulated) == 2


def test_a_policy_that_fails_is_left_to_its_runs(simulated, tmp_path):
    (tmp_path / "broken.py").write_text("")
    warm.warm_up([f"{tmp_path}/broken.py:policy", f"{tmp_path}/missing.py:policy", "classic"], lambda: None)
    assert simulated == ["classic"]


def test_what_takes_long_is_told(simulated, monkeypatch):
    monkeypatch.setattr(warm, "_LOADING_S", 0.0)
    told = []
    monkeypatch.setattr(warm, "_simulate_a_little", lambda _: time.sleep(0.2))
    warm.warm_up(["classic"], lambda: told.append(1))
    warm.warm_up(["classic"], lambda: told.append(2))
    assert told == [1]
    assert simulated == []
