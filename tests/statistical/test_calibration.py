"""Loads of known hosts drawn at random are recovered from noisy logs, and waits follow."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hvecs.agreement.figures import read_figures
from hvecs.cli import invoke
from hvecs.engine.intervals import t_quantile
from hvecs.spec import load
from tests.known_hosts import DYNAMIC, STATIC, add_noise, known_host

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


def whole_host(runs):
    """Give, of each run, how busy its LPs are, what memory is available, and what each guest holds."""
    found = {"LPs busy": [], "available": []}
    for run in map(Path, runs):
        found["LPs busy"].append(mean(run, "logical_processor", "total_run_pct")[""])
        found["available"].append(mean(run, "dynamic_memory_balancer", "available_memory_mib")[""])
        for guest, pages in mean(run, "vid_partition", "physical_pages", "partition").items():
            found.setdefault(guest, []).append(pages)
    return {name: np.array(each) for name, each in found.items()}


def mean(run, table, column, key=None):
    """Give the mean of a column by partition, or of all rows."""
    rows = pd.read_parquet(run / table)
    return (
        {"": rows[column].mean()}
        if key is None
        else rows.groupby(key, observed=True)[column].mean().to_dict()
    )


def inventory_of(host):
    vms = []
    for each in host.guests:
        vm = {"Name": each.name, "State": "Running", "ProcessorCount": each.vps, "MemoryStartup": 1 << 30}
        if each.memory == DYNAMIC:
            vm |= {"DynamicMemoryEnabled": True, "MemoryMinimum": 512 << 20, "MemoryMaximum": 4 << 30}
        vms.append(vm)
    return {
        "format": "hvecs-inventory",
        "version": 1,
        "scheduler": "classic",
        "VMHost": {"LogicalProcessorCount": host.lps, "MemoryCapacity": 64 << 30},
        "VMs": vms,
    }


def test_a_host_of_twelve_guests_is_given_back_from_inventory_and_logs(tmp_path, monkeypatch):
    """Every second guest has Dynamic Memory, and a demand that grows."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(77)
    host = known_host(rng, 12)
    guests = (replace(each, memory=(STATIC, DYNAMIC)[at % 2]) for at, each in enumerate(host.guests))
    host = replace(host, guests=tuple(guests))
    captured(tmp_path, host, rng)
    (tmp_path / "inventory.json").write_text(json.dumps(inventory_of(host)), encoding="utf-8")
    invoked("import", "host", "inventory.json", "--perfmon", "capture", "--out", "host.toml")
    invoked("calibrate", "host.toml", "--against", "capture", "--out", "mine.toml")
    all_follows(seeds_of("known"), seeds_of("mine"))
    known, mine = (whole_host(f"{name}{seed}" for seed in SEEDS) for name in ("known", "mine"))
    assert len(known) == len(mine) == 14
    for name, found in known.items():
        assert mine[name].mean() == pytest.approx(found.mean(), rel=0.05), name
