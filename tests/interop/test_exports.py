import csv
import json
import re
from datetime import UTC, datetime
from importlib.resources import files

import duckdb
import pandas as pd
import polars as pl
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from hvecs.cli import invoke
from hvecs.engine.plan import ROOT as ENGINE_ROOT
from hvecs.interop.metric_names import METRICS, PREFIX
from hvecs.interop.paths import ROOT, read_path
from hvecs.interop.run_tables import RunTables
from hvecs.output.manifest import read_manifest
from tests.interop.logs import rows_of

SQL, LINUX = "SQL Server 01", 'sv101 (linux) "é"'
OFF = (300_000_000, LINUX)
"""The only sample at which a guest is off: it starts later."""


def table(folder, name):
    return rows_of(next((folder / name).rglob("*.parquet")))


@pytest.fixture(scope="module")
def exported(run_folder, tmp_path_factory):
    def export(kind, *more):
        out = tmp_path_factory.mktemp(kind) / "out"
        assert invoke(["export", kind, str(run_folder), "--out", str(out), *more]) == 0
        return out

    return export


@pytest.fixture(scope="module")
def logs(exported):
    return exported("perfmon", "--machine", "HV1")


def test_the_root_is_called_alike_everywhere():
    assert ROOT == ENGINE_ROOT


def test_there_is_a_log_of_the_host_and_one_of_each_guest(logs):
    names = {path.name for path in logs.iterdir()}
    assert names == {"HV1.csv", "SQL Server 01.csv", "sv101 (linux) _é_.csv", "hvecs-export.json"}


def test_a_log_is_as_relog_writes_it(logs):
    """Every cell in quotes, CRLF, the zone once, no values in the first line."""
    data = (logs / "HV1.csv").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == 6
    lines = data.decode().split("\r\n")
    assert lines[0].startswith(
        '"(PDH-CSV 4.0) (UTC+01:00)(-60)","\\\\HV1\\Hyper-V Hypervisor\\Logical Processors",'
    )
    assert re.fullmatch(r'"11/25/2026 09:00:00\.000"(," ")+', lines[1])
    assert [line[:25] for line in lines[2:6]] == [
        f'"11/25/2026 09:00:0{stamp}"' for stamp in ("0.300", "0.600", "0.900", "1.000")
    ]
    assert lines[6] == ""
    assert all(re.fullmatch(r'"[^"]*"(,"[^"]*")*', line) for line in lines[1:6])


def test_names_and_totals_are_those_of_windows(logs):
    with (logs / "HV1.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert rf"\\HV1\Hyper-V Hypervisor Virtual Processor({SQL}:Hv VP 1)\% Guest Run Time" in header
    assert (
        rf"\\HV1\Hyper-V Hypervisor Virtual Processor({LINUX}:Hv VP 0)\CPU Wait Time Per Dispatch" in header
    )
    assert r"\\HV1\Hyper-V Hypervisor Logical Processor(_Total)\% Total Run Time" in header
    assert r"\\HV1\Hyper-V Hypervisor Root Partition(Root)\GPA Pages" in header
    assert rf"\\HV1\Hyper-V VM Vid Partition({SQL})\Remote Physical Pages" in header
    assert not any("Root Partition(_Total)" in each or "Partition(Root:HvPt)" in each for each in header)
    paths = [read_path(each) for each in header[1:]]
    assert [str(path) for path in paths] == header[1:]
    with (logs / "SQL Server 01.csv").open(encoding="utf-8", newline="") as file:
        guest = next(csv.reader(file))
    assert rf"\\{SQL}\Processor(_Total)\% Processor Time" in guest
    assert rf"\\{SQL}\System\Processor Queue Length" in guest


READERS = {
    "pandas": lambda path: pd.read_csv(path, na_values=[" "]).to_dict("list"),
    "polars": lambda path: pl.read_csv(path, null_values=[" "], infer_schema_length=None).to_dict(
        as_series=False
    ),
    "duckdb": lambda path: {
        k: v.tolist()
        for k, v in duckdb.sql(f"select * from read_csv('{path}', nullstr=' ', quote='\"')")
        .fetchnumpy()
        .items()
    },
    "arrow": lambda path: pcsv.read_csv(
        path, convert_options=pcsv.ConvertOptions(null_values=[" "], strings_can_be_null=True)
    ).to_pydict(),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_readers_that_are_not_ours_read_the_values(run_folder, logs, read):
    found = read(logs / "HV1.csv")
    for row in table(run_folder, "logical_processor"):
        at = {300: 1, 600: 2, 900: 3, 1000: 4}[row["time_ns"] // 1_000_000]
        path = rf"\\HV1\Hyper-V Hypervisor Logical Processor({row['instance']})\% Total Run Time"
        assert found[path][at] == row["total_run_pct"]


def test_totals_follow_from_the_instances(run_folder, logs):
    """The mean of percentages, the sum of rates, and the mean wait of all dispatches."""
    found = READERS["arrow"](logs / "HV1.csv")
    vps = [row for row in table(run_folder, "virtual_processor") if row["time_ns"] == 900_000_000]
    vp = r"\\HV1\Hyper-V Hypervisor Virtual Processor(_Total)"
    assert found[rf"{vp}\% Guest Run Time"][3] == pytest.approx(sum(row["guest_run_pct"] for row in vps) / 3)
    assert found[rf"{vp}\Logical Processor Dispatches/sec"][3] == pytest.approx(
        sum(row["dispatches_per_sec"] for row in vps)
    )
    waits, dispatches = sum(row["wait_ns"] for row in vps), sum(row["dispatches"] for row in vps)
    assert found[rf"{vp}\CPU Wait Time Per Dispatch"][3] == pytest.approx(waits / dispatches)
    rates = [
        row["context_switches_per_sec"]
        for row in table(run_folder, "logical_processor")
        if row["time_ns"] == 900_000_000
    ]
    assert found[r"\\HV1\Hyper-V Hypervisor Logical Processor(_Total)\Context Switches/sec"][
        3
    ] == pytest.approx(sum(rates) / 2)


def test_a_run_that_is_exported_and_imported_has_all_its_counters_and_times(run_folder, logs, tmp_path):
    assert invoke(["import", "perfmon", str(logs), "--out", str(tmp_path / "capture")]) == 0
    run = RunTables(run_folder)
    compared = 0
    for name in run.manifest.tables:
        counters = {column.name for column in run.counters(name)}
        if not counters:
            continue
        key = lambda row: (row["time_ns"], row["instance"])  # noqa: E731
        given, found = (sorted(table(folder, name), key=key) for folder in (run_folder, tmp_path / "capture"))
        given = [row for row in given if (row["time_ns"], row.get("partition")) != OFF]
        assert counters <= set(found[0]), name
        assert len(given) == len(found), name
        for before, after in zip(given, found, strict=True):
            for column, value in after.items():
                assert before[column] == value, (name, column)
                compared += 1
    assert compared > 2500
    exact = set(table(tmp_path / "capture", "virtual_processor")[0])
    assert {
        "guest_run_ns",
        "hypervisor_run_ns",
        "remote_run_ns",
        "dispatches",
        "wait_ns",
        "total_intercepts",
    } <= exact


def test_a_guest_that_is_off_has_no_values_and_counts_in_no_total(logs):
    """As in Windows, where counters have no instance of it."""
    found = READERS["arrow"](logs / "HV1.csv")
    of_guest = [path for path in found if f"({LINUX}" in path and len(set(found[path])) > 1]
    assert {read_path(path).counter_set for path in of_guest} >= {
        "Hyper-V Hypervisor Virtual Processor",
        "Hyper-V Hypervisor Partition",
    }
    for path in of_guest:
        assert found[path][1] is None, path
    vp = r"\\HV1\Hyper-V Hypervisor Virtual Processor({})\% Guest Run Time"
    of_sql = [found[vp.format(f"{SQL}:Hv VP {number}")][1] for number in (0, 1)]
    assert found[vp.format("_Total")][1] == pytest.approx(sum(of_sql) / 2)
    of_linux = READERS["arrow"](logs / "sv101 (linux) _é_.csv")
    assert {values[1] for path, values in of_linux.items() if path.startswith("\\")} == {None}


PAUSED = """
[scenario]
name = "stands still"
duration = "5 s"
sample = "1 s"
[host]
logical_processors = 2
memory = "8 GiB"
[[partition]]
name = "a"
virtual_processors = 1
memory = "1 GiB"
stop = "2500 ms"
[partition.workload]
kind = "closed"
work = "1 h"
[[partition]]
name = "b"
virtual_processors = 1
memory = "1 GiB"
[partition.workload]
kind = "closed"
work = "1 h"
[[event]]
at = "1 s"
action = "pause"
partition = "b"
[[event]]
at = "4 s"
action = "resume"
partition = "b"
"""


def test_a_guest_that_is_paused_is_there_and_one_that_is_stopped_is_not(tmp_path):
    (tmp_path / "s.toml").write_text(PAUSED)
    run, logs = tmp_path / "run", tmp_path / "logs"
    assert invoke(["run", "-q", str(tmp_path / "s.toml"), "--out", str(run)]) == 0
    assert invoke(["export", "perfmon", "-q", str(run), "--out", str(logs), "--machine", "HV1"]) == 0
    found = READERS["arrow"](logs / "HV1.csv")
    stopped, paused = (
        found[rf"\\HV1\Hyper-V Hypervisor Virtual Processor({name}:Hv VP 0)\% Total Run Time"][1:]
        for name in "ab"
    )
    assert [each is None for each in stopped] == [False, False, False, True, True]
    assert stopped[2] == pytest.approx(50, abs=1)
    assert paused[1:4] == [0, 0, 0]
    assert None not in paused


def test_a_capture_and_a_run_are_compared(run_folder, logs, tmp_path, capsys):
    assert invoke(["import", "perfmon", str(logs), "--out", str(tmp_path / "capture")]) == 0
    capsys.readouterr()
    assert invoke(["compare", str(tmp_path / "capture"), str(run_folder), "--json"]) == 0
    found = {each["outcome"]: each for each in json.loads(capsys.readouterr().out)["differences"]}
    for partition, share in (
        ("Root", 1),
        (SQL, 1),
        (LINUX, 0.7),
    ):  # one that is off for a while counts as if it did all the time the same
        for outcome in ("guest_run_pct", "hypervisor_run_pct"):
            each = found[f"{partition}.{outcome}"]
            assert each["a"]["mean"] * share == pytest.approx(each["b"]["mean"], abs=1e-6)
    assert found[f"{SQL}.wait_per_dispatch_ns"]["difference"]["mean"] == pytest.approx(0, abs=0.01)


@pytest.fixture(scope="module")
def families(exported):
    text = (exported("openmetrics") / "metrics.txt").read_text(encoding="utf-8")
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_openmetrics_has_cumulative_times_with_time_stamps(run_folder, families):
    times = families[f"{PREFIX}hypervisor_virtual_processor_time"]
    assert times.type == "counter"
    chosen = {"vm": SQL, "core": "1", "state": "guest"}
    samples = [sample for sample in times.samples if sample.labels == chosen]
    rows = [row for row in table(run_folder, "virtual_processor") if row["instance"] == f"{SQL}:Hv VP 1"]
    start = datetime(2026, 11, 25, 8, tzinfo=UTC).timestamp()
    total = 0
    for sample, row in zip(samples, rows, strict=True):
        total += row["guest_run_ns"]
        assert sample.value == pytest.approx(total / 1e9)
        assert float(sample.timestamp) == pytest.approx(start + row["time_ns"] / 1e9)


def test_gauges_have_the_units_of_their_names(run_folder, families):
    available = families[f"{PREFIX}dynamic_memory_balancer_available_memory_bytes"].samples
    rows = table(run_folder, "dynamic_memory_balancer")
    assert [sample.value for sample in available] == [row["available_memory_mib"] * 2**20 for row in rows]
    assert available[0].labels == {"balancer": "System Balancer"}
    ratio = families[f"{PREFIX}dynamic_memory_vm_pressure_current_ratio"].samples
    assert {sample.labels["vm"] for sample in ratio} == {LINUX}
    assert all(0 < sample.value < 3 for sample in ratio)


def test_a_guest_that_is_off_has_no_sample(families):
    of_guest = [
        sample.timestamp
        for family in families.values()
        for sample in family.samples
        if sample.labels.get("vm") == LINUX
    ]
    begin = min(
        sample.timestamp
        for family in families.values()
        for sample in family.samples
        if sample.labels.get("vm") == SQL
    )
    assert float(min(of_guest)) - float(begin) == pytest.approx(0.3)


def test_every_metric_is_in_the_export(families, run_folder):
    """Those of tables that the run has; those of shared devices: `tests/cli/test_cli_guide_devices.py`."""
    tables = read_manifest(run_folder).tables
    assert {each.name for each in families.values()} == {
        f"{PREFIX}{each.family}" for each in METRICS if each.table in tables
    }
    assert {each.table for each in METRICS if each.table not in tables} == {
        "virtual_storage_device",
        "virtual_network_adapter",
        "virtual_switch",
    }


def test_the_dashboard_asks_for_metrics_that_there_are(exported):
    shipped = json.loads(files("hvecs.interop").joinpath("dashboard.json").read_text(encoding="utf-8"))
    assert json.loads((exported("openmetrics") / "dashboard.json").read_text(encoding="utf-8")) == shipped
    asked = [target["expr"] for panel in shipped["panels"] for target in panel["targets"]]
    asked += [variable["query"]["query"] for variable in shipped["templating"]["list"]]
    names = {name for each in asked for name in re.findall(r"\bwindows_\w+", each)}
    assert len(names) >= 10
    given = {f"{PREFIX}{each.family}{'_total' if each.kind == 'counter' else ''}" for each in METRICS}
    assert names <= given
    places = [panel["gridPos"] for panel in shipped["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert len({(place["x"], place["y"]) for place in places}) == len(places)
    assert len({panel["id"] for panel in shipped["panels"]}) == len(places)


@pytest.fixture(scope="module")
def trace(exported):
    return Trace.FromString((exported("perfetto") / "dispatch.pftrace").read_bytes())


def test_a_trace_describes_each_track_before_its_events(trace):
    described = {0}
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            assert packet.track_descriptor.uuid not in described
            assert packet.track_descriptor.parent_uuid in described
            described.add(packet.track_descriptor.uuid)
        elif packet.HasField("track_event"):
            assert packet.track_event.track_uuid in described
        assert packet.trusted_packet_sequence_id == 1
    assert trace.packet[0].sequence_flags == 3


def test_slices_of_a_trace_are_the_dispatches(run_folder, trace):
    names = {each.iid: each.name for each in trace.packet[0].interned_data.event_names}
    tracks = {
        p.track_descriptor.uuid: p.track_descriptor.name
        for p in trace.packet
        if p.HasField("track_descriptor")
    }
    open_slices, found, flows = {}, [], {}
    for packet in trace.packet:
        event = packet.track_event
        track = tracks.get(event.track_uuid)
        if event.type == TrackEvent.TYPE_SLICE_BEGIN:
            assert track not in open_slices
            open_slices[track] = (packet.timestamp, names[event.name_iid])
            for flow in event.flow_ids:
                flows[flow] = packet.timestamp
            for flow in event.terminating_flow_ids:
                assert flows.pop(flow) < packet.timestamp
        elif event.type == TrackEvent.TYPE_SLICE_END:
            begin, name = open_slices.pop(track)
            assert begin <= packet.timestamp
            if track.startswith("Hv LP"):
                found.append((track, name, begin, packet.timestamp))
    assert not open_slices
    assert not flows
    assert sorted(found) == sorted(
        (f"Hv LP {row['lp']}", f"{row['partition']} VP {row['vp']}" if row["partition"] == ROOT else f"{row['partition']}:Hv VP {row['vp']}", row["start_ns"], row["end_ns"])
        for row in table(run_folder, "dispatch")
    )  # fmt: skip


def test_counter_tracks_have_the_samples(run_folder, trace):
    tracks = {
        p.track_descriptor.uuid: p.track_descriptor for p in trace.packet if p.HasField("track_descriptor")
    }
    found = [
        (packet.timestamp, packet.track_event.double_counter_value)
        for packet in trace.packet
        if packet.track_event.type == TrackEvent.TYPE_COUNTER
        and tracks[packet.track_event.track_uuid].name == "Hv LP 1"
    ]
    rows = [row for row in table(run_folder, "logical_processor") if row["lp"] == 1]
    assert found == [(row["time_ns"], row["total_run_pct"]) for row in rows]


def test_csv_files_hold_the_tables(run_folder, exported):
    out = exported("csv")
    found = pd.read_csv(out / "virtual_processor.csv", parse_dates=["timestamp"])
    given = pq.ParquetFile(next((run_folder / "virtual_processor").rglob("*.parquet"))).read().to_pandas()
    assert list(found.columns) == list(given.columns)
    assert found["guest_run_pct"].tolist() == given["guest_run_pct"].tolist()
    assert found["timestamp"].tolist() == given["timestamp"].tolist()
    assert str(found["timestamp"][0]) == "2026-11-25 08:00:00.300000"
    assert (exported("csv", "--bom") / "guest.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("kind", ["perfmon", "openmetrics", "perfetto", "csv"])
def test_an_export_goes_nowhere_but_where_it_may(run_folder, tmp_path, capsys, kind):
    assert invoke(["export", kind, str(run_folder), "--out", str(run_folder / "x")]) == 2
    assert not (run_folder / "x").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    assert invoke(["export", kind, str(run_folder), "--out", str(tmp_path / "mine")]) == 2
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    assert invoke(["export", kind, str(tmp_path), "--out", str(tmp_path / "o")]) == 2
    assert "expected the folder of a run" in capsys.readouterr().err
    for _ in range(2):  # an export gives way to the next
        assert invoke(["export", kind, str(run_folder), "--out", str(tmp_path / "o")]) == 0
