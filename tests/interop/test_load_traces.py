import gzip
import os

import pyarrow.parquet as pq
import pytest

from hvecs.cli import invoke

S = 1_000_000_000
HEADING = (
    "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\t"
    "Memory capacity provisioned [KB];\tMemory usage [KB];\tDisk read throughput [KB/s];\tDisk write throughput [KB/s];\t"
    "Network received throughput [KB/s];\tNetwork transmitted throughput [KB/s]\n"
)
ROW = "{};\t2;\t5200.0;\t104.0;\t{};\t1048576.0;\t524288.0;\t1.0;\t2.0;\t0.5;\t0.25\n"


def rows(path):
    return pq.read_table(path).to_pylist()


def test_bitbrains_files_become_load_over_time(tmp_path, capsys):
    """Stamps are seconds despite [ms]; a missing sample makes a gap, not a longer one."""
    (tmp_path / "7.csv").write_text(
        HEADING + ROW.format(1376314846, 2.0) + ROW.format(1376315146, 4.5) + ROW.format(1376316046, 6)
    )
    (tmp_path / "8.csv").write_text(
        HEADING + ROW.format(1376315146000, 1.0) + "1;2;x\n" + ROW.format(1376315446000, 1.5)
    )
    out = tmp_path / "t.parquet"
    assert (
        invoke(["import", "bitbrains", str(tmp_path / "7.csv"), str(tmp_path / "8.csv"), "--out", str(out)])
        == 0
    )
    done = capsys.readouterr()
    assert done.out == f"{out}: 2 VMs, 5 samples\n"
    assert f"left out: 1 x line that is no sample; first at {tmp_path}{os.sep}8.csv:3" in done.err
    found = rows(out)
    assert [
        (row["partition"], row["time_ns"] // S, row["interval_ns"] // S, row["cpu_pct"]) for row in found
    ] == [
        ("7", 300, 300, 2.0),
        ("7", 900, 600, 4.5),
        ("7", 1800, 600, 6.0),
        ("8", 600, 300, 1.0),
        ("8", 900, 300, 1.5),
    ]
    assert found[0] | {"time_ns": 0} == {
        "partition": "7",
        "time_ns": 0,
        "interval_ns": 300 * S,
        "virtual_processors": 2,
        "cpu_pct": 2.0,
        "cpu_max_pct": None,
        "committed_bytes": 2**29,
        "memory_bytes": 2**30,
        "disk_bytes_per_sec": 3072.0,
        "network_bytes_per_sec": 768.0,
    }


def test_azure_readings_are_slices_of_time_with_all_vms(tmp_path):
    (tmp_path / "1.csv").write_text("0,a,0.5,9.5,2.0\n0,b,1,2,3\n")
    with gzip.open(tmp_path / "2.csv.gz", "wt") as file:
        file.write("300,b,1,2,4\n300,a,0.5,7.5,1.0\n")
    (tmp_path / "vms.csv").write_text(
        "a,s,d,0,600,9.5,2,9,Interactive,2,1.75\nb,s,d,0,600,9,2,9,Unknown,>24,>64\n"
    )
    files = [str(tmp_path / name) for name in ("1.csv", "2.csv.gz")]
    arguments = ["import", "azure", *files, "--vmtable", str(tmp_path / "vms.csv")]
    assert invoke([*arguments, "--out", str(tmp_path / "t.parquet")]) == 0
    found = {(row["partition"], row["time_ns"] // S): row for row in rows(tmp_path / "t.parquet")}
    assert {
        key: (row["cpu_pct"], row["cpu_max_pct"], row["virtual_processors"], row["memory_bytes"])
        for key, row in found.items()
    } == {
        ("a", 300): (2.0, 9.5, 2, 1792 << 20),
        ("a", 600): (1.0, 7.5, 2, 1792 << 20),
        ("b", 300): (3.0, 2.0, 24, 64 << 30),
        ("b", 600): (4.0, 2.0, 24, 64 << 30),
    }
    assert invoke([*arguments, "--vm", "b", "--out", str(tmp_path / "b.parquet")]) == 0
    assert {row["partition"] for row in rows(tmp_path / "b.parquet")} == {"b"}


def test_azure_sizes_that_are_no_number_are_left_out_and_told(tmp_path, capsys):
    (tmp_path / "1.csv").write_text("0,a,1,2,3\n300,a,1,2,3\n")
    (tmp_path / "vms.csv").write_text("a,s,d,0,600,9,2,9,Unknown,2,inf\n")
    arguments = ["import", "azure", str(tmp_path / "1.csv"), "--vmtable", str(tmp_path / "vms.csv")]
    assert invoke([*arguments, "--out", str(tmp_path / "t.parquet")]) == 0
    assert {row["memory_bytes"] for row in rows(tmp_path / "t.parquet")} == {None}
    assert f"{tmp_path / 'vms.csv'}:1" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "line"), [("", 1), ("a;b\n1;2\n", 1), (HEADING, 2), (HEADING + "1;2\n", 2)])
def test_another_file_is_refused_with_its_line(tmp_path, capsys, text, line):
    (tmp_path / "x.csv").write_text(text)
    assert invoke(["import", "bitbrains", str(tmp_path / "x.csv"), "--out", str(tmp_path / "t.parquet")]) == 3
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'x.csv'}:{line}: no ")
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]


READINGS = gzip.compress("".join(f"{300 * at},a,1,2,{at % 97}.{at}\n" for at in range(9999)).encode())


@pytest.mark.parametrize(
    "data",
    [
        READINGS[: len(READINGS) // 2],
        READINGS[:-1],
        READINGS[:99] + bytes(99) + READINGS[198:],
        READINGS[:-8] + bytes(8),
        b"0,a,1,2,3\n",
    ],
    ids=["half", "all but a byte", "damaged within", "another checksum", "not compressed"],
)
@pytest.mark.parametrize("table", [False, True], ids=["readings", "vmtable"])
def test_a_file_that_cannot_be_decompressed_is_named(tmp_path, capsys, data, table):
    good, damaged = tmp_path / "1.csv", tmp_path / "2.csv.gz"
    good.write_text("0,a,1,2,3\n")
    damaged.write_bytes(data)
    given = [str(good), "--vmtable", str(damaged)] if table else [str(good), str(damaged)]
    assert invoke(["import", "azure", *given, "--out", str(tmp_path / "t.parquet")]) == 3
    told = capsys.readouterr().err
    assert told.startswith(f"{damaged}: ")
    assert "decompressed" in told or "compressed data" in told
    assert not list(tmp_path.glob("t.parquet*"))


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no file that opens and cannot be read")  # noqa: PTH110
@pytest.mark.parametrize("kind", ["azure", "bitbrains", "perfmon", "host"])
def test_a_file_that_opens_and_cannot_be_read_is_named(tmp_path, capsys, kind):
    assert invoke(["import", kind, "/proc/self/mem", "--out", str(tmp_path / "mine")]) == 2
    assert capsys.readouterr().err.startswith("hvecs: cannot read /proc/self/mem: ")


def test_a_file_that_exists_is_left_as_it_is(tmp_path):
    (tmp_path / "x.csv").write_text(HEADING + ROW.format(1, 2))
    (tmp_path / "t.parquet").write_text("mine")
    assert invoke(["import", "bitbrains", str(tmp_path / "x.csv"), "--out", str(tmp_path / "t.parquet")]) == 2
    assert (tmp_path / "t.parquet").read_text() == "mine"
