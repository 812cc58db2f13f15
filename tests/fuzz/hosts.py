"""Simulates random hosts and holds them against the laws of conservation: `python -m tests.fuzz.hosts NUMBER SEED`."""

import sys

from hypothesis import HealthCheck, Phase, given, seed, settings

from systems.kernels import jit
from tests.property import test_conservation as laws
from tests.simulation import run, scenarios

LAWS = (
    laws.every_nanosecond_has_one_account,
    laws.samples_follow_each_other_to_the_end,
    laws.guest_time_of_lps_is_that_of_vps,
    laws.partitions_are_the_sum_of_their_vps,
    laws.counters_agree_with_the_trace,
    laws.no_request_is_dropped,
)


def simulate(number: int, first: int) -> int:
    """Simulate so many hosts; return how many there were."""
    done = 0

    @seed(first)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios())
    def attack(text):
        nonlocal done
        result = run(text)
        for law in LAWS:
            law(result)
        done += 1

    attack()
    return done


if __name__ == "__main__":
    assert jit.BOUNDS, "HVECS_BOUNDS=1 is missing"
    print(f"{simulate(int(sys.argv[1]), int(sys.argv[2]))} hosts")  # noqa: T201
