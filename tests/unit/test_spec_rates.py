"""Loads over time: profiles of rates and traces of processor time, what they say and what is refused."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hvecs.spec import SpecError, load, resolved_toml
from hvecs.spec.loading import load_advised
from hvecs.spec.rates import NAMED, Rates, from_then_on
from hvecs.spec.units import HOUR, SECOND

TEXT = """[scenario]
name = "s"
duration = "50 h"
[host]
logical_processors = 4
memory = "12 GiB"
[[partition]]
name = "web"
virtual_processors = 2
memory = "2 GiB"
"""
OPEN = (
    TEXT
    + """[partition.workload]
kind = "open"
rate = "10 /s"
service = { distribution = "exponential", mean = "10 ms" }
"""
)
TRACE = TEXT + '[partition.workload]\nkind = "trace"\n'
HEAD = "virtual_processors,partition,time_ns,interval_ns,cpu_pct,mean\n"


@pytest.fixture
def loaded(tmp_path):
    def load_text(text, *sets):
        (tmp_path / "host.toml").write_text(text)
        return load(tmp_path / "host.toml", sets)

    return load_text


@pytest.fixture
def problems(loaded):
    def find(text, *sets):
        try:
            loaded(text, *sets)
        except SpecError as error:
            return [str(each) for each in error.problems]
        return []

    return find


def rates(scenario):
    (block,) = scenario.partition
    return block.workload.rates(block.virtual_processors)


def hours(found, until):
    return [(at / HOUR, times) for at, times in found.until(until * HOUR)]


def test_a_profile_begins_again_each_day(loaded):
    """0.3 from midnight and 1 from nine: before the first point of the first day the last one holds too."""
    text = OPEN + 'profile = [ { at = "6 h", times = 0.3 }, { at = "9 h", times = 1 } ]\n'
    found = rates(loaded(text))
    assert hours(found, 34) == [(0, 1), (6, 0.3), (9, 1), (30, 0.3), (33, 1)]
    assert found.mean(0, 24 * HOUR) == pytest.approx(1 - 0.7 * 3 / 24)
    assert found.mean(7 * HOUR, 11 * HOUR) == pytest.approx((2 * 0.3 + 2) / 4)


def test_a_profile_with_a_point_beyond_a_day_begins_again_each_week(loaded):
    text = OPEN + 'profile = [ { at = "0 h", times = 1 }, { at = "120 h", times = 0 } ]\n'
    assert hours(rates(loaded(text)), 180) == [(0, 1), (120, 0), (168, 1)]


def test_a_profile_has_a_name_or_points(loaded):
    for name in NAMED:
        scenario = loaded(OPEN + f'profile = "{name}"\n')
        again = loaded(resolved_toml(scenario))
        assert rates(again) == rates(scenario)
    assert rates(loaded(OPEN)) is None
    diurnal = rates(loaded(OPEN + 'profile = "diurnal"\n'))
    assert diurnal.mean(0, 24 * HOUR) == pytest.approx(1, abs=1e-6)
    assert [dict(diurnal.points)[hour * HOUR] for hour in (4, 10, 16, 22)] == [0.5, 1, 1.5, 1]
    assert loaded(OPEN, 'partition.web.workload.profile="office"').partition[0].workload.profile


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ('"offices"', 'there is no profile "offices"; did you mean "office"?'),
        (
            '[ { at = "2 h", times = 1 }, { at = "1 h", times = 2 } ]',
            'profile[1].at: expected later than "2 h"',
        ),
        ('[ { at = "0 h", times = -1 } ]', "profile[0].times: expected a number from 0 to 1e+06; got -1"),
        ('[ { at = "200 h", times = 1 } ]', "profile[0].at: expected"),
        ("[ 4 ]", 'profile[0]: expected a point such as { at = "8 h", times = 1.5 }; got 4'),
        ("3", 'profile: expected "diurnal", "office" or "office-week", or an array of points such as {'),
    ],
)
def test_a_profile_that_says_nothing_is_refused(problems, profile, expected):
    (found,) = problems(OPEN + f"profile = {profile}\n")
    assert expected in found


def test_a_trace_is_in_processors(loaded):
    """Half of two VPs, then a quarter, for an hour each; scaled by two and played in half the time, and then again."""
    text = TRACE + 'times = ["0 s", "1 h", "2 h"]\ndemand = [50, 25]\n'
    assert hours(rates(loaded(text)), 9) == [(0, 1), (1, 0.5), (2, 0)]
    more = loaded(text + "scale = 2\nstretch = 0.5\nrepeat = true\n")
    assert hours(rates(more), 2) == [(0, 2), (0.5, 1), (1, 2), (1.5, 1)]
    assert hours(rates(loaded(text + 'unit = "cpus"\n')), 9) == [(0, 50), (1, 25), (2, 0)]
    assert more.partition[0].workload.interarrival.average_ns == 10_000_000


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", "workload.file: missing; expected file, or times and demand"),
        ('times = ["0 s"]\ndemand = []', "demand: expected one fewer than times, 0; got 0"),
        ('times = ["0 s", "1 s"]\ndemand = [1, 2]', "demand: expected one fewer than times, 1; got 2"),
        ('times = ["1 s", "1 s"]\ndemand = [1]', "times: expected times in order, each once"),
        (
            'times = ["0 s", "1 s"]\ndemand = [1]\nunit = "cpu-seconds"',
            'unit: is of a file; expected "%" or "cpus"',
        ),
        ('times = ["0 s", "1 ns"]\ndemand = [1]\nstretch = 0.1', "stretch: brings times together"),
        (
            'times = ["0 s", "1 us"]\ndemand = [1]\nrepeat = true',
            "times: changes more than 4000000 times in the run",
        ),
        ('file = "nowhere.csv"', "workload.file: cannot read"),
        ('file = "x"\ntimes = ["0 s", "1 s"]\ndemand = [1]', "workload.file: given beside times"),
    ],
)
def test_a_trace_that_says_nothing_is_refused(problems, lines, expected):
    (found,) = problems(TRACE + lines + "\n")
    assert expected in found


def test_a_trace_from_csv(loaded, tmp_path):
    """One cell is empty: as before it. Per cent are of the four VPs that the file tells."""
    rows = [
        f"4,web,{(i + 6) * 300 * SECOND},{300 * SECOND},{cell},1" for i, cell in enumerate(("10", "", "50"))
    ]
    rows.insert(1, f"1,db,1,1,{99},1")
    (tmp_path / "t.csv").write_text(HEAD + "\n".join(rows) + "\n")
    scenario = loaded(TRACE + 'file = "t.csv"\n')
    assert hours(rates(scenario), 9) == [(0, 0.4), (1 / 6, 2), (0.25, 0)]
    assert loaded(resolved_toml(scenario)) == scenario
    assert hours(rates(loaded(TRACE + 'file = "t.csv"\nvm = "db"\n')), 9)[0] == (0, 0.99)


def test_a_trace_from_any_csv_with_a_stated_interval(loaded, tmp_path):
    (tmp_path / "t.csv").write_text("\ufeffStamp [ms];\tCPU usage [%]\n1;\t50\n2;\t25\n\n", encoding="utf-8")
    text = TRACE + 'file = "t.csv"\ncolumn = "CPU usage [%]"\ninterval = "30 min"\n'
    assert hours(rates(loaded(text)), 9) == [(0, 1), (0.5, 0.5), (1, 0)]
    seconds = loaded(text + 'unit = "cpu-seconds"\n')
    assert hours(rates(seconds), 9) == [(0, 50 / 1800), (0.5, 25 / 1800), (1, 0)]


def test_a_trace_from_parquet(loaded, tmp_path):
    columns = {
        "partition": ["x", "x"],
        "time_ns": [10 * HOUR, 11 * HOUR],
        "interval_ns": [HOUR, HOUR],
        "virtual_processors": [None, 8],
        "cpu_pct": [10.0, float("nan")],
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    assert hours(rates(loaded(TRACE + 'file = "t.parquet"\n')), 9) == [(0, 0.8), (2, 0)]


@pytest.mark.parametrize(
    ("content", "keys", "expected"),
    [
        (HEAD, "", "has no rows"),
        (HEAD + "1,a,1,1,x,1\n", "", 't.csv:2: cpu_pct: expected a number; got "x"'),
        (HEAD + "1,a,1,1,-5,1\n", "", "t.csv:2: cpu_pct: expected 0 to 1e+09; got -5"),
        (HEAD + "1,a,1,1,inf,1\n", "", "t.csv:2: cpu_pct: expected a number; got inf"),
        (
            HEAD + "1,a,1,0,5,1\n",
            "",
            "t.csv:2: expected whole numbers of ns: time_ns from 0, interval_ns above 0",
        ),
        (HEAD + "1,a,2,1,5,1\n1,a,2,1,5,1\n", "", "t.csv:3: begins before the one before it ends"),
        (HEAD + "1,a,1,1\n", "", "t.csv:2: 4 cells; expected 6, as in the heading"),
        (
            HEAD + "1,a,1,1,5,1\n1,b,2,1,5,1\n",
            "",
            'several VMs, and none is named as the partition is; it has "a" or "b"',
        ),
        (HEAD + "1,a,1,1,5,1\n", 'vm = "b"', 'no rows of a VM "b"; it has "a"'),
        (HEAD + "1,a,1,1,,1\n", "", 'no value in column "cpu_pct"'),
        ("a,b\n1,2\n", "", 'no column "cpu_pct"; it has "a", "b"'),
        (HEAD + "1,a,1,1,1e300,1\n", "", "t.csv:2: cpu_pct: expected 0 to 1e+09; got 1e+300"),
        (HEAD + "-2,a,1,1,5,1\n", "", "t.csv:2: virtual_processors: expected 1 to 1000000; got -2"),
        (HEAD.replace("mean", "cpu_pct") + "1,a,1,1,5,1\n", "", '2 columns "cpu_pct"; expected one'),
        (
            "cpu_pct\n1\n",
            'interval = "1 s"\nvm = "b"',
            'no column "partition", so that the key vm means nothing',
        ),
        (
            HEAD + "1,a,1,1,5,1\n",
            'unit = "foo"',
            'workload.unit: expected "%", "cpu-seconds" or "cpus"; got "foo"',
        ),
        (HEAD + "1,a,1,1,5,1\n", 'interval = "-1 s"', 'workload.interval: "-1 s" is negative'),
        (HEAD + "1,a,1,1,5,1\n", "vm = 5", "workload.vm: expected"),
        ("cpu_pct\n1\n", "", "no columns time_ns and interval_ns; expected them, or the key interval"),
        ("\xff", "", "is not UTF-8 text"),
        ("", "", 'no column "cpu_pct"; it has none'),
    ],
)
def test_a_file_that_is_no_trace_is_refused(problems, tmp_path, content, keys, expected):
    (tmp_path / "t.csv").write_bytes(content.encode("latin-1"))
    (found,) = problems(TRACE + f'file = "t.csv"\n{keys}\n')
    assert expected in found


@pytest.mark.parametrize("keys", ["", "repeat = true", "repeat = true\nstretch = 0.001"])
def test_a_file_that_is_missing_is_told_alone(problems, keys):
    """Over 50 h: nothing is said of times that nobody wrote."""
    (found,) = problems(TRACE + f'file = "t.csv"\n{keys}\n')
    assert "workload.file: cannot read" in found


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(64) + b"PAR1"])
def test_bytes_that_are_no_parquet_are_refused(problems, tmp_path, content):
    (tmp_path / "t.parquet").write_bytes(content)
    (found,) = problems(TRACE + 'file = "t.parquet"\n')
    assert "is not a Parquet file that can be read" in found


def test_a_column_of_parquet_that_is_no_number_is_refused(problems, tmp_path):
    columns = {"time_ns": [1], "interval_ns": [1], "cpu_pct": [[1]]}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    (found,) = problems(TRACE + 'file = "t.parquet"\n')
    assert "t.parquet:1: cpu_pct: expected a number; got an array" in found


@pytest.mark.parametrize("stamp", [float("inf"), -1.0, float("nan")])
def test_a_stamp_that_is_no_time_is_refused(problems, tmp_path, stamp):
    columns = {"time_ns": [stamp], "interval_ns": [1.0], "cpu_pct": [1.0]}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    (found,) = problems(TRACE + 'file = "t.parquet"\n')
    assert "t.parquet:1: expected whole numbers of ns" in found


def test_committed_memory_has_a_bound_and_vm_is_of_parquet(problems, tmp_path):
    columns = {"time_ns": [1], "interval_ns": [1], "committed_bytes": [1e300]}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    text = TEXT + '[partition.memory_demand]\nkind = "trace"\n'
    (found,) = problems(text + 'file = "t.parquet"\n')
    assert "t.parquet:1: committed_bytes: expected 0 to" in found
    (tmp_path / "t.csv").write_text("1 s, 1 GiB\n")
    (found,) = problems(text + 'file = "t.csv"\nvm = "a"\n')
    assert "memory_demand.vm: is of a Parquet file alone" in found


def test_more_load_than_the_guest_can_have_is_warned_of(tmp_path):
    path = tmp_path / "host.toml"
    path.write_text(TRACE + 'times = ["0 s", "50 h"]\ndemand = [150]\n')
    (found,) = load_advised(path)[1]
    assert "offers 3 LPs of work at native speed, and the guest has 2 LPs at most" in str(found)
    path.write_text(OPEN.replace("10 /s", "150 /s") + 'profile = [{ at = "0 h", times = 0.5 }]\n')
    assert load_advised(path)[1] == ()
    path.write_text(OPEN.replace("10 /s", "150 /s") + 'profile = [{ at = "0 h", times = 2 }]\n')
    (found,) = load_advised(path)[1]
    assert "offers 3 LPs" in str(found)


def test_points_that_change_nothing_are_left_out():
    found = Rates(((0, 1.0), (5, 1.0), (7, 2.0)))
    assert list(found.until(10)) == [(0, 1.0), (7, 2.0)]
    assert list(found.until(7)) == [(0, 1.0)]
    assert found.mean(3, 3) == 1.0


def test_committed_memory_comes_from_the_same_file(loaded, tmp_path):
    columns = {
        "partition": ["a", "web", "web"],
        "time_ns": [SECOND, 2 * SECOND, 3 * SECOND],
        "interval_ns": [SECOND] * 3,
        "cpu_pct": [1.0, 2.0, 3.0],
        "committed_bytes": [1 << 20, 2 << 20, 3 << 20],
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    text = TRACE + 'file = "t.parquet"\n[partition.memory_demand]\nkind = "trace"\nfile = "t.parquet"\n'
    assert loaded(text).partition[0].memory_demand.points() == ((0, 2 << 20), (SECOND, 3 << 20))
    assert loaded(text + 'vm = "a"\n').partition[0].memory_demand.points() == ((0, 1 << 20),)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (5, [(0, 1.0), (5, 3.0), (10, 4.0)]),
        (10, [(0, 1.0), (8, 2.0), (10, 4.0)]),
        (12, [(0, 1.0), (8, 2.0), (12, 4.0)]),
        (0, [(0, 3.0), (10, 4.0)]),
    ],
)
def test_points_are_followed_by_others_from_a_time_on(at, expected):
    assert from_then_on([(0, 1.0), (8, 2.0)], at, [(0, 3.0), (10, 4.0)]) == expected
