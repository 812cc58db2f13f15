import errno
import hashlib
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvecs.output import parquet
from hvecs.output.buffer import TextBuffer
from hvecs.output.errors import OutputError, Unwritable
from hvecs.output.labels import Labels
from hvecs.output.parquet import ROW_GROUP_ROWS, row_group_rows
from hvecs.output.schema import TABLES
from hvecs.output.sink import ParquetSink
from hvecs.output.table import Column, Table

RUN = "r0123456789ab"


def dispatches(rows, start=0):
    number = np.arange(start, start + rows)
    return {
        "lp": number % 4,
        "partition": np.array([f"web-{i % 3}" for i in range(start, start + rows)]),
        "vp": number % 2,
        "ready_ns": number * 1000,
        "start_ns": number * 1000 + 10,
        "end_ns": number * 1000 + 500,
        "reason": np.where(number % 2 == 0, "slice", "idle").astype(object),
    }


def jobs(**changes):
    columns = {
        "entity": np.array([1, 2]),
        "partition": np.array(["a", "b"]),
        "started_ns": np.array([0, 0]),
        "finished_ns": np.ma.MaskedArray([7, 99], [False, True]),
        "elapsed_ns": np.ma.MaskedArray([7, 99], [False, True]),
        "work_ns": np.array([5, 6]),
        "bursts": np.array([1, 0]),
        "queue_wait_ns": np.array([2, 0]),
        "queue_wait_per_burst_ns": np.array([2.0, np.nan]),
        "lock_entries": np.array([1, 0]),
        "lock_contended": np.array([0, 0]),
        "lock_wait_ns": np.array([0, 0]),
    }
    return columns | changes


def written(folder, table, chunks, **options):
    with ParquetSink(folder, RUN, **options) as sink:
        sink.open([table])
        for chunk in chunks:
            sink.write(table, chunk)
        file = sink.close()[table]
    return folder / file.path, file


def test_rows_come_back_as_they_were_given(tmp_path):
    path, file = written(tmp_path, "dispatch", [dispatches(3), dispatches(2, 3)])
    assert path == tmp_path / "dispatch" / f"run={RUN}" / "part-0.parquet"
    assert file.rows == 5
    given_rows = {name: values.tolist() for name, values in dispatches(5).items()}
    assert pq.ParquetFile(path).read().to_pydict() == given_rows


def test_the_hash_is_that_of_the_file(tmp_path):
    path, file = written(tmp_path, "dispatch", [dispatches(3)])
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(0, 60), max_size=12))
def test_bytes_do_not_depend_on_the_sizes_of_the_writes(tmp_path_factory, sizes):
    rows = sum(sizes)
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    cut = [dispatches(size, start) for size, start in zip(sizes, starts, strict=True)]
    folder = tmp_path_factory.mktemp("cut")
    one, _ = written(folder / "one", "dispatch", [dispatches(rows)], row_group_rows=32)
    many, _ = written(folder / "many", "dispatch", cut, row_group_rows=32)
    assert one.read_bytes() == many.read_bytes()


def test_bytes_do_not_depend_on_the_sizes_of_the_writes_at_the_real_row_group(tmp_path):
    rows = 2 * ROW_GROUP_ROWS + 100
    cut = [dispatches(min(30_001, rows - at), at) for at in range(0, rows, 30_001)]
    one, _ = written(tmp_path / "one", "dispatch", [dispatches(rows)])
    many, _ = written(tmp_path / "many", "dispatch", cut)
    assert one.read_bytes() == many.read_bytes()
    sizes = [pq.ParquetFile(one).metadata.row_group(i).num_rows for i in range(3)]
    assert sizes == [ROW_GROUP_ROWS, ROW_GROUP_ROWS, 100]


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        ("event", 7, 65_536),
        ("partition", 170, 12_288),
        ("partition", 171, 12_264),
        ("partition", 3_000_000, 1),
    ],
)
def test_a_row_group_holds_fewer_rows_of_many_columns(rows, columns, expected):
    """Of 171 columns of 8 bytes, 12,264 rows fill 16 MiB; of 170 there would be room for 12,336."""
    column = TABLES["dispatch"].columns[0]
    assert row_group_rows(Table("wide", "", (column,) * columns, rows)) == expected


def test_a_full_last_row_group_is_not_followed_by_an_empty_one(tmp_path):
    path, _ = written(tmp_path, "dispatch", [dispatches(64)], row_group_rows=32)
    assert pq.ParquetFile(path).num_row_groups == 2


def test_arrays_may_be_reused_by_the_caller(tmp_path):
    chunk = dispatches(3)

    def same_arrays():
        for _ in range(2):
            yield chunk
            for name in ("lp", "end_ns"):
                chunk[name] += 100

    path, _ = written(tmp_path, "dispatch", same_arrays())
    assert pq.ParquetFile(path).read(["lp"])["lp"].to_pylist() == [0, 1, 2, 100, 101, 102]


def test_nan_and_masked_values_become_null(tmp_path):
    path, _ = written(tmp_path, "job", [jobs(), jobs()])
    table = pq.ParquetFile(path).read()
    assert table["finished_ns"].to_pylist() == [7, None] * 2
    assert table["queue_wait_per_burst_ns"].to_pylist() == [2.0, None] * 2
    assert table["started_ns"].to_pylist() == [0, 0] * 2


def test_what_lies_under_a_mask_does_not_reach_the_file(tmp_path):
    one, _ = written(tmp_path / "1", "job", [jobs(finished_ns=np.ma.MaskedArray([7, 1], [False, True]))])
    two, _ = written(tmp_path / "2", "job", [jobs(finished_ns=np.ma.MaskedArray([7, 2], [False, True]))])
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("rows", [0, None])
def test_a_table_without_rows_is_a_valid_file_with_its_schema(tmp_path, rows):
    path, file = written(tmp_path, "dispatch", [] if rows is None else [dispatches(rows)])
    assert file.rows == 0
    table = pq.ParquetFile(path).read()
    assert table.num_rows == 0
    assert table.column_names == list(TABLES["dispatch"].column_names)


def test_files_are_zstd_with_statistics_and_each_column_of_an_event_in_the_encoding_that_suits_it(tmp_path):
    path, _ = written(tmp_path, "dispatch", [dispatches(100)])
    group = pq.ParquetFile(path).metadata.row_group(0)
    for index in range(group.num_columns):
        column = group.column(index)
        assert column.compression == "ZSTD"
        assert column.statistics.has_min_max
        is_time = column.path_in_schema in {"ready_ns", "start_ns", "end_ns"}
        assert ("DELTA_BINARY_PACKED" in column.encodings) == is_time
        assert column.has_dictionary_page != is_time


def test_column_metadata_is_in_the_file(tmp_path):
    path, _ = written(tmp_path, "dispatch", [dispatches(1)])
    assert pq.read_schema(path).field("end_ns").metadata[b"unit"] == b"ns"


def test_missing_and_unknown_columns_are_named(tmp_path):
    columns = dispatches(1)
    columns["raeson"] = columns.pop("reason")
    with pytest.raises(
        ValueError, match=r"dispatch: missing columns \['reason'\], unknown columns \['raeson'\]"
    ):
        written(tmp_path, "dispatch", [columns])


def test_a_column_too_many_or_too_few_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"missing columns \[\], unknown columns \['run'\]"):
        written(tmp_path, "dispatch", [dispatches(1) | {"run": np.array([RUN])}])
    few = {name: values for name, values in dispatches(1).items() if name != "vp"}
    with pytest.raises(ValueError, match=r"missing columns \['vp'\], unknown columns \[\]"):
        written(tmp_path, "dispatch", [few])


@pytest.mark.parametrize("lp", [np.zeros(2, np.int64), np.zeros((3, 1), np.int64), np.int64(0)])
def test_columns_of_different_length_are_refused(tmp_path, lp):
    with pytest.raises(ValueError, match="dispatch: columns differ in length"):
        written(tmp_path, "dispatch", [dispatches(3) | {"lp": lp}])


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("work_ns", np.array([1.0, 2.0])),
        ("work_ns", np.array([1, 2], np.uint64)),
        ("work_ns", np.array([1, None], object)),
        ("partition", np.array([1, 2])),
        ("queue_wait_per_burst_ns", np.array(["a", "b"])),
    ],
)
def test_values_of_another_type_are_refused(tmp_path, column, values):
    with pytest.raises(TypeError, match=rf"job\.{column} holds \w+, not {values.dtype}"):
        written(tmp_path, "job", [jobs(**{column: values})])


def test_a_string_column_takes_strings_alone(tmp_path):
    with pytest.raises(TypeError, match=r"job\.partition holds string"):
        written(tmp_path, "job", [jobs(partition=np.array(["a", 3], object))])


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("work_ns", np.ma.MaskedArray([1, 2], [False, True])),
        ("partition", np.array(["a", None], object)),
    ],
)
def test_a_column_that_is_never_null_misses_no_value(tmp_path, column, values):
    with pytest.raises(ValueError, match=rf"job\.{column} is never null"):
        written(tmp_path, "job", [jobs(**{column: values})])


def test_nan_in_a_float_column_that_is_never_null_is_refused(tmp_path):
    columns = {
        name: np.zeros(1) if name == "processor_queue_mean" else np.zeros(1, np.int64)
        for name in TABLES["guest"].column_names
    }
    columns |= {
        "instance": np.array(["a"]),
        "partition": np.array(["a"]),
        "processor_time_pct": np.array([np.nan]),
    }
    written(tmp_path, "guest", [columns])
    with pytest.raises(ValueError, match=r"guest\.processor_queue_mean is never null"):
        written(tmp_path, "guest", [columns | {"processor_queue_mean": np.array([np.nan])}])


def test_tables_must_be_known_open_and_opened_once(tmp_path):
    sink = ParquetSink(tmp_path, RUN)
    with pytest.raises(ValueError, match="no table 'jobs'; there are logical_processor"):
        sink.open(["jobs"])
    with pytest.raises(ValueError, match="no table 'runs'"):
        sink.open(["runs"])
    with pytest.raises(ValueError, match="'job' is not open; open are none"):
        sink.write("job", jobs())
    sink.open(["job"])
    with pytest.raises(ValueError, match="'job' is open already"):
        sink.open(["job"])
    assert set(sink.close()) == {"job"}
    with pytest.raises(ValueError, match="'job' is not open"):
        sink.write("job", jobs())


def test_closing_again_gives_the_same_files(tmp_path):
    sink = ParquetSink(tmp_path, RUN).open(["job", "dispatch"])
    sink.write("job", jobs())
    files = sink.close()
    assert list(files) == ["job", "dispatch"]
    assert sink.close() == files


@pytest.mark.journey
def test_memory_stays_flat_over_two_million_rows(tmp_path):
    chunk = dispatches(10_000)
    arrow_before, arrow_peak = pa.total_allocated_bytes(), 0
    with ParquetSink(tmp_path, RUN) as sink:
        sink.open(["dispatch"])
        sink.write("dispatch", chunk)
        tracemalloc.start()
        for _ in range(199):
            sink.write("dispatch", chunk)
            arrow_peak = max(arrow_peak, pa.total_allocated_bytes() - arrow_before)
        python_peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sink.close()["dispatch"].rows == 2_000_000
    row_group_bytes = ROW_GROUP_ROWS * 7 * 8
    assert python_peak < 4 * row_group_bytes  # all rows at once would take 30 times one row group
    assert arrow_peak < 4 * row_group_bytes


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_oserror_that_names_the_file(tmp_path, monkeypatch):
    real = pa.OSFile
    monkeypatch.setattr(parquet.pa, "OSFile", lambda _, mode: real("/dev/full", mode))
    with pytest.raises(
        Unwritable, match=r"cannot write .*part-0\.parquet: No space left on device"
    ) as caught:
        ParquetSink(tmp_path, RUN).open(["job"])
    assert isinstance(caught.value, OSError)
    assert caught.value.errno == errno.ENOSPC


FILL = f"""
import resource, sys
from pathlib import Path
import numpy as np
from hvecs.output.sink import ParquetSink
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
noise = np.random.default_rng(1).integers(0, 1 << 60, 65_536)
text = np.full(65_536, "x")
columns = {{n: noise for n in ("lp", "vp", "ready_ns", "start_ns", "end_ns")}} | {{"partition": text, "reason": text}}
try:
    with ParquetSink(Path(sys.argv[1]), "{RUN}").open(["dispatch"]) as sink:
        rows = int(sys.argv[2])
        sink.write("dispatch", {{name: values[:rows] for name, values in columns.items()}})
except OSError as error:
    print(type(error).__name__, error.errno, error)
"""


@pytest.mark.parametrize(
    ("rows", "limit"),
    [(65_536, 100_000), (40_000, 100_000), (10, 2_500)],
    ids=["row group", "last group", "footer"],
)
def test_a_disk_that_fills_later_is_an_oserror_too_and_nothing_else_is_said(tmp_path, rows, limit):
    command = [sys.executable, "-c", FILL, tmp_path, str(rows), str(limit)]
    child = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert child.stdout.startswith(f"Unwritable {errno.EFBIG} cannot write {tmp_path}")
    assert child.stdout.endswith("part-0.parquet: File too large\n")
    assert child.stderr == ""


def test_an_error_that_arrow_takes_for_invalid_data_is_an_oserror(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise pa.ArrowInvalid("Tried to write 10 bytes: No space left on device")

    sink = ParquetSink(tmp_path, RUN, row_group_rows=1).open(["job"])
    monkeypatch.setattr(parquet.pq.ParquetWriter, "write_table", refuse)
    with pytest.raises(OutputError, match=r"part-0\.parquet: Tried to write 10 bytes: No space left"):
        sink.write("job", jobs())
    sink.abort()


def test_an_error_inside_the_block_leaves_no_file_open(tmp_path):
    sink = ParquetSink(tmp_path, RUN)
    writers = []

    def interrupted():
        with sink.open(["job"]):
            writers.extend(sink._writers.values())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [writer._file.closed for writer in writers] == [True]
    with pytest.raises(ValueError, match="is not open"):
        sink.write("job", jobs())


@pytest.mark.parametrize("rows", [1, 5, 999, 1000, 4001])
@pytest.mark.parametrize("nullable", [False, True])
def test_strings_are_the_same_however_many_there_are(rows, nullable):
    """Few are put together one by one, many by Arrow."""
    names = np.array(["", "Käfer", "b", None][: 4 if nullable else 3], object)
    buffer = TextBuffer("job", Column("partition", "string", "text", None, "a name", nullable=nullable), rows)
    codes = (np.arange(rows) % len(names)).astype(np.int32)
    buffer.put(0, Labels(codes, names))
    found = buffer.array(rows)
    found.validate(full=True)
    assert found.to_pylist() == [names[code] for code in codes]
    assert found.null_count == np.count_nonzero(codes == 3)
