"""Tiers are fast: simulated time against CPU time, of one core."""

import time

import pytest

from hvecs.engine.build import build
from tests.simulation import MS, S, exponential, parsed
from tests.tiers import server, tier, tiered


@pytest.mark.bench
def test_a_tier_of_64_guests_at_20_000_requests_a_second_runs_at_20_times_real_time():
    shop = tier("shop", ["w"], exponential(2 * MS), rate="20000 /s", policy="least-outstanding")
    world = build(parsed(tiered(40 * S, 64, [server("w", count=64)], [shop])))
    world.advance(1 * S)
    begin = time.process_time()
    world.advance(21 * S)
    spent = time.process_time() - begin
    answered = int(world.tables.tier_times.completions[0])
    print(
        f"20 s in {spent:.2f} s of CPU time: {20 / spent:.0f} times real time, {spent / 20 / 20000 * 1e9:.0f} ns a request"
    )
    assert answered > 400_000
    assert spent < 1
