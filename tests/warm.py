"""Compiles all kernels, by simulating a little in both ways, so that test workers find them in the cache."""

from systems.fused import advance
from systems.kernels.jit import is_warm
from systems.scheduling.loop import schedule_step
from tests.simulation import MS, always_runnable, exponential, guest, opened, run, scenario


def warm() -> None:
    """Do nothing if the kernels are compiled."""
    if is_warm(advance) and is_warm(schedule_step):
        return
    guests = [guest("a", 1, always_runnable()), guest("b", 1, opened(exponential(MS), exponential(MS)))]
    for fused in (True, False):
        run(scenario(5 * MS, 1, guests, trace=["dispatch"]), fused=fused)


if __name__ == "__main__":
    warm()
