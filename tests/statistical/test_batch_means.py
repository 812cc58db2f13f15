"""How often the batch means of one run hold the mean response time of M/M/1, as the guide says it."""

import re
from pathlib import Path

import numpy as np
import pytest

from hvecs.engine.intervals import half_width

GUIDE = (Path(__file__).parents[2] / "hvecs" / "guide" / "sweeps.md").read_text(encoding="utf-8")
RUNS = 1_000
BATCHES = 24

pytestmark = pytest.mark.statistical


def responses(load, requests):
    """Response times of a row of requests in each of 1,000 queues in equilibrium, by Lindley's recursion; service takes 1 on average."""
    rng = np.random.default_rng(1)
    wait = rng.exponential(1 / (1 - load), RUNS) * (rng.random(RUNS) < load)
    found = np.empty((RUNS, requests))
    for number in range(requests):
        found[:, number] = wait + rng.exponential(1.0, RUNS)
        wait = np.maximum(0.0, found[:, number] - rng.exponential(1 / load, RUNS))
    return found


@pytest.mark.parametrize(("load", "requests", "place"), [(0.5, 10_000, 0), (0.9, 20_000, 1)])
def test_the_coverage_is_what_the_guide_says(load, requests, place):
    """Within two standard errors of 1,000 runs."""
    (sentence,) = re.findall(r"batches of M/M/1, (.+?);", GUIDE.replace("\n", " "))
    said = [float(share) / 100 for share in re.findall(r"(\d+) % (?:hold|in 20)", sentence)][place]
    size = requests // BATCHES
    sums = responses(load, size * BATCHES).reshape(RUNS, BATCHES, size).sum(axis=2)
    counts = np.full(BATCHES, size)
    held = [abs(y.sum() / counts.sum() - 1 / (1 - load)) <= half_width(y, counts) for y in sums]
    assert np.mean(held) == pytest.approx(said, abs=2 * np.sqrt(said * (1 - said) / RUNS) + 0.005)
