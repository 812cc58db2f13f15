"""Loads of known hosts drawn at random are recovered from noisy logs, and waits follow."""

import json
from pathlib import Path

import numpy as np
import pytest

from hvecs.agreement.figures import read_figures
from hvecs.cli import invoke
from hvecs.engine.intervals import t_quantile
from hvecs.spec import load
from tests.known_hosts import add_noise, known_host

pytestmark = pytest.mark.statistical
SECONDS = 300
SEEDS = range(1, 6)
FOLLOWS = ("guest_run", "hypervisor_run", "wait_per_dispatch")


def invoked(*words):
    assert invoke([*map(str, words)]) == 0, words


def captured(folder, host, rng):
    (folder / "known.toml").write_text(host.text(SECONDS), encoding="utf-8")
    invoked("run", "-q", "known.toml", "--out", "known1")
    invoked("export", "perfmon", "-q", "known1", "--out", "logs")
    add_noise(folder / "logs", rng)
    invoked("import", "perfmon", "-q", "logs", "--out", "capture")


def seeds_of(name):
    """Give the figures of five runs of a scenario."""
    for seed in SEEDS:
        invoked("run", "-q", f"{name}.toml", "--seed", seed, "--out", f"{name}{seed}")
    return [read_figures(Path(f"{name}{seed}")) for seed in SEEDS]


def values(runs, partition, figure):
    return np.array([run[partition][figure].value for run in runs])


def half_width(found):
    return t_quantile(len(found) - 1) * found.std(ddof=1) / len(found) ** 0.5


def all_follows(known, mine):
    """Every figure is within 5 %, or the interval of the known host, whichever is wider."""
    for partition in known[0]:
        for figure in FOLLOWS:
            a, b = values(known, partition, figure), values(mine, partition, figure)
            assert b.mean() == pytest.approx(a.mean(), abs=max(0.05 * a.mean(), half_width(a))), (
                partition,
                figure,
            )


@pytest.mark.parametrize("seed", range(1, 11))
def test_loads_are_recovered_and_waits_follow(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(seed)
    host = known_host(rng, int(rng.integers(2, 6)))
    captured(tmp_path, host, rng)
    (tmp_path / "guess.toml").write_text(host.blurred(rng).text(SECONDS), encoding="utf-8")
    invoked("calibrate", "guess.toml", "--against", "capture", "--out", "mine.toml")
    known = seeds_of("known")
    for guest, block in zip(host.guests, load(tmp_path / "mine.toml").partition, strict=True):
        rates = values(known, guest.name.lower(), "completions")
        work = values(known, guest.name.lower(), "progress") / rates * 1e9
        rate, service = block.workload.rate, block.workload.service.mean
        assert rate == pytest.approx(guest.rate, abs=max(0.05 * guest.rate, half_width(rates))), guest
        assert service == pytest.approx(guest.service * 1e3, abs=max(50 * guest.service, half_width(work))), (
            guest
        )
    all_follows(known, seeds_of("mine"))


def test_a_host_of_twelve_guests_is_given_back_from_inventory_and_logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(77)
    host = known_host(rng, 12)
    captured(tmp_path, host, rng)
    inventory = {
        "format": "hvecs-inventory",
        "version": 1,
        "scheduler": "classic",
        "VMHost": {"LogicalProcessorCount": host.lps, "MemoryCapacity": 64 << 30},
        "VMs": [
            {"Name": each.name, "State": "Running", "ProcessorCount": each.vps, "MemoryStartup": 1 << 30}
            for each in host.guests
        ],
    }
    (tmp_path / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
    invoked("import", "host", "inventory.json", "--perfmon", "capture", "--out", "host.toml")
    invoked("calibrate", "host.toml", "--against", "capture", "--out", "mine.toml")
    all_follows(seeds_of("known"), seeds_of("mine"))
