"""What a VP pays for as it goes idle, and what idle cores take."""

from hvecs.engine.build import build
from systems import EVENTS
from tests.simulation import (
    FREE,
    MS,
    US,
    S,
    always_runnable,
    closed,
    exponential,
    fixed,
    guest,
    parsed,
    run,
    scenario,
)


def test_cold_caches_are_paid_for_once_a_dispatch():
    """A task that comes while the VP pays for its HLT finds it on its LP: the caches are those that it left."""
    work = closed(1, 20 * MS, fixed(MS), fixed(3 * US)) | {"working_set": "1 MiB"}
    times = []
    for refill in ("0 us", "300 us"):
        costs = FREE | {"hlt": "6 us", "cache_refill": refill}
        found = run(scenario(S, 1, [guest("g", 1, work)], costs=costs)).of("g")
        assert found.dispatches == 1
        times.append(found.elapsed_ns)
    assert times[1] - times[0] == 300 * US


def test_where_nothing_can_be_moved_one_asks_again_after_the_longest_stay():
    """Four threads that wait for LPs keep their virtual cores shared; asked each nanosecond, the run would come to a halt."""
    host = {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2, "scheduler": "classic"}
    work = closed(4, S, exponential(MS), exponential(4 * MS))
    blocks = [guest("g", 4, work, guest={"rebalance": "0 s"}), guest("h", 8, always_runnable(8))]
    world = build(parsed(scenario(100 * MS, host, blocks)))
    world.advance(100 * MS)
    asked = world.tables.happened[[event.name for event in EVENTS].index("guest_rebalance")]
    assert 0 < asked < 100 * MS // (50 * US)
