"""The chapter on shared devices: its scenario runs, and its commands do; its figures are in `tests/statistical/test_guide_studies.py`."""

import shlex

import pandas as pd
import pytest

from hvecs.interop.metric_names import METRICS, PREFIX
from tests.cli.helpers import CHECKOUT
from tests.cli.test_cli_guide import blocks

pytestmark = pytest.mark.journey

HEAD = """
[scenario]
name = "devices"
duration = "2 s"
sample = "1 s"
[host]
logical_processors = 4
memory = "32 GiB"
"""


def test_the_scenario_of_the_chapter_runs_and_its_tables_hold_what_they_say(hvecs, tmp_path):
    (text,) = blocks("devices", "toml")
    (tmp_path / "devices.toml").write_text(HEAD + text, encoding="utf-8")
    assert hvecs("check", "devices.toml").code == 0
    done = hvecs("run", "devices.toml", "-q", "--out", "out", "--set", "storage.csv1.parallel=64")
    assert done.code == 0, done.err
    disk, volume, adapter, switch = (
        pd.concat(map(pd.read_parquet, (tmp_path / "out" / table).rglob("*.parquet")))
        for table in ("virtual_storage_device", "storage", "virtual_network_adapter", "virtual_switch")
    )
    assert (
        disk.submitted.cumsum() == (disk.reads + disk.writes + disk.cancelled).cumsum() + disk.queue_length
    ).all()
    assert disk.reads.tolist() == volume.reads.tolist()
    gone = (adapter.packets_received + adapter.dropped_incoming).cumsum()
    assert (adapter.packets_arrived.cumsum() == gone + adapter.in_ring).all()
    assert adapter.bytes_sent.tolist() == switch.bytes_sent.tolist()
    assert (disk.minimum_iops.unique(), disk.maximum_bandwidth.unique()) == ([500], [100 * 2**20])


def test_the_commands_of_the_chapter_work(hvecs):
    lines = [line for block in blocks("devices", "sh") for line in block.splitlines()]
    assert lines == ["hvecs sweep runs/noisy-volume.toml", "hvecs sweep runs/backup-storm.toml"]
    for line in lines:
        assert hvecs("check", CHECKOUT / shlex.split(line)[2]).code == 0
    for words, found in (
        ("show scenario storage", "storage.parallel"),
        ("show scenario network", "network.vmq"),
        ("show scenario partition.io", "partition.io.minimum_iops"),
        ("show counters storage device", "Normalized Throughput"),
    ):
        done = hvecs(*words.split())
        assert done.code == 0
        assert found in done.out


@pytest.mark.parametrize("export", ["perfmon", "openmetrics", "csv"])
def test_exports_have_the_counters_of_shared_devices(hvecs, tmp_path, export):
    (text,) = blocks("devices", "toml")
    (tmp_path / "devices.toml").write_text(HEAD + text, encoding="utf-8")
    assert hvecs("run", "devices.toml", "-q", "--out", "out").code == 0
    start = () if export == "csv" else ("--start", "2026-11-25T08:00:00Z")
    done = hvecs("export", export, "out", "--out", "exported", *start)
    assert done.code == 0, done.err
    written = "\n".join(
        path.read_text() for path in sorted((tmp_path / "exported").rglob("*")) if path.is_file()
    )
    expected = {
        "perfmon": [r"\Hyper-V Virtual Storage Device(csv1-web.vhdx)\Read Operations/Sec", r"\Hyper-V Virtual Switch(nic1)\Bytes/sec"],
        "openmetrics": ['windows_hyperv_virtual_network_adapter_received_bytes_total{adapter="web_Network Adapter"}', 'windows_hyperv_vswitch_packets_total{vswitch="nic1"}'],
        "csv": ["insufficient_throughput", "answers_outstanding"],
    }  # fmt: skip
    assert [each for each in expected[export] if each not in written] == []
    if export == "openmetrics":
        tables = {"virtual_storage_device", "virtual_network_adapter", "virtual_switch"}
        families = [each.family for each in METRICS if each.table in tables]
        assert [each for each in families if f"# TYPE {PREFIX}{each} " not in written] == []
    if export == "perfmon":
        logs = sorted((tmp_path / "exported").glob("*.csv"))
        assert hvecs("import", "perfmon", *logs, "--out", "capture").code == 0
        was, is_now = (
            pd.concat(map(pd.read_parquet, (tmp_path / place / "virtual_network_adapter").rglob("*.parquet")))
            for place in ("out", "capture")
        )
        kept = ["time_ns", "partition", "packets_received", "bytes_sent", "dropped_incoming"]
        assert is_now[kept].to_numpy().tolist() == was[kept].to_numpy().tolist()
