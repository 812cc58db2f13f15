"""What traps cost in computing time: the published over-committed host with and without them, in turn."""

import time
from pathlib import Path

import pytest

from hvecs.engine.build import build
from hvecs.spec import load

STUDY = Path(__file__).parents[2] / "runs" / "overcommitted.toml"
WITHOUT = """
extends = "{study}"
[scenario]
name = "without-traps"
[host.costs]
hlt = "0 s"
root_hlt = "0 s"
external_interrupt = "0 s"
msr_access = "0 s"
[root]
tick = "0 s"
intercepts = {{ preset = "none" }}
[[partition]]
name = "web"
guest = {{ tick = "0 s" }}
intercepts = {{ preset = "none" }}
"""


def _seconds(path, simulated_ns=600_000_000_000):
    world = build(load(path))
    begin = time.process_time()
    world.advance(simulated_ns)
    return time.process_time() - begin


@pytest.mark.bench
def test_traps_slow_a_run_by_less_than_half(tmp_path):
    without = tmp_path / "without.toml"
    without.write_text(WITHOUT.format(study=STUDY))
    pairs = [(_seconds(without), _seconds(STUDY)) for _ in range(5)]
    off, on = (min(column) for column in zip(*pairs, strict=True))
    print(
        f"600 s of the over-committed host: {off:.2f} s without traps, {on:.2f} s with, ratio {on / off:.2f}"
    )
    assert on <= 1.5 * off
