"""A counter takes three places, a charge two, a kind of workload one or more: shown in a copy of the program, which is run uncompiled."""

import json
import os
import shutil
from pathlib import Path

import pytest

from components.charges import EVERY_CHARGE
from hvecs.output.schema import SCHEMA_VERSION, TABLES, sampled_fields
from hvecs.output.source import operands
from systems.state.samples import CUMULATIVE, SAMPLED_COMPONENTS
from tests.forks import forks

ROOT = Path(__file__).parents[2]
SCENARIO = """
[scenario]
name = "s"
duration = "30 ms"
sample = "10 ms"
trace = ["intercept"]
[host]
logical_processors = 1
memory = "8 GiB"
[host.costs]
preset = "none"
KEYS
[root]
profile = "none"
background_cpu = "20 %"
background_burst = "1 ms"
[[partition]]
name = "idle"
WORKLOAD
"""
PROGRAM = """
import json, sys
from pathlib import Path
from hvecs.engine import simulate
from hvecs.output.counters import modelling_columns
from hvecs.output.schema import SCHEMA_VERSION
from hvecs.output.sink import ParquetSink
from hvecs.output.timestamps import Stamped
from hvecs.output.written import tables_of
from hvecs.spec import load
import pyarrow.parquet as pq
scenario = load(sys.argv[1])
with ParquetSink(Path(sys.argv[2]), "r").open(tables_of(scenario)) as sink:
    outcome = simulate(scenario, Stamped(sink, scenario.scenario.start_time))
files = {t: f"{sys.argv[2]}/{t}/run=r/part-0.parquet" for t in ("root_virtual_processor", "partition", "intercept")}
print(json.dumps({
    "version": SCHEMA_VERSION,
    "modelled": {name: column for (_, name), column in modelling_columns().items()},
    "hypercalls": outcome.partitions[0].hypercalls,
    "ran": [each.guest_run_ns for each in outcome.partitions],
    "guest": {name: getattr(outcome.partitions[1], name) for name in ("arrivals", "completions", "response_mean_ns", "guest_run_ns")},
    "unit": pq.read_schema(files["root_virtual_processor"]).field("dispatches").metadata[b"unit"].decode(),
    **{table: pq.ParquetFile(path).read().to_pydict() for table, path in files.items()},
}))
"""


def _copy(tmp_path):
    for room in ("components", "systems", "hvecs"):
        shutil.copytree(ROOT / room, tmp_path / "copy" / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "copy"


def _edit(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, (path, before)
    path.write_text(text.replace(before, after), encoding="utf-8")


def _where(folder, text):
    found = [path for path in folder.rglob("*.py") if text in path.read_text(encoding="utf-8")]
    assert len(found) == 1, found
    return found[0]


def _run(copy, keys="", workload=""):
    text = SCENARIO.replace("KEYS", keys).replace("WORKLOAD", workload)
    (copy / "s.toml").write_text(text, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(copy), "NUMBA_DISABLE_JIT": "1"}
    done = forks("numba", cwd=ROOT, PYTHONPATH="").run("-c", PROGRAM, "s.toml", "out", cwd=copy, env=env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


COUNTED = ".dispatches += 1"


def test_a_counter_is_a_field_the_place_where_it_is_counted_and_a_column(tmp_path):
    copy = _copy(tmp_path)
    _edit(
        copy / "components" / "virtual_processor.py",
        '    dispatches = int64("dispatches on an LP", "count")\n',
        '    dispatches = int64("dispatches on an LP", "count")\n    visits = int64("visits", "count")\n',
    )
    counted = _where(copy / "systems", COUNTED)
    line = next(line for line in counted.read_text().splitlines() if COUNTED in line)
    _edit(counted, line, f"{line}\n{line.replace('dispatches += 1', 'visits += 2')}")
    _edit(
        copy / "hvecs" / "output" / "processor_schema.py",
        "        *_wait_buckets(counter_set),\n",
        '        of_field("visits", "count", "visits to an LP", "vp_times.visits"),\n'
        '        rate("visits", "visits to an LP", rf"{counter_set}\\Address Space Evictions/sec"),\n'
        "        *_wait_buckets(counter_set),\n",
    )
    found = _run(copy)
    rows = found["root_virtual_processor"]
    assert sum(rows["dispatches"]) > 0
    assert rows["visits"] == [2 * count for count in rows["dispatches"]]
    assert rows["visits_per_sec"] == [200 * count for count in rows["dispatches"]]
    assert found["modelled"]["Address Space Evictions/sec"] == "root_virtual_processor.visits_per_sec"
    assert found["version"] != SCHEMA_VERSION


def test_a_charge_is_a_declaration_and_the_place_where_it_happens(tmp_path):
    copy = _copy(tmp_path)
    _edit(
        copy / "components" / "charges.py",
        "REP_ELEMENTS = _other(",
        'NAPS = _hypercall("naps", "naps by hypercall", _cost("nap", "7 us", "a nap", "made up"),'
        ' "other_hypercalls")\nREP_ELEMENTS = _other(',
    )
    counted = _where(copy / "systems", COUNTED)
    line = next(line for line in counted.read_text().splitlines() if COUNTED in line)
    indent = line[: len(line) - len(line.lstrip())]
    happens = f"from systems.state.charges import owe as pay\n{indent}from components.charges import NAPS\n{indent}pay(w, vp, NAPS, 1, now)"
    _edit(counted, line, f"{line}\n{indent}{happens}")
    found = _run(copy, 'nap = "5 us"')
    vps, partition, trace = (found[name] for name in ("root_virtual_processor", "partition", "intercept"))
    assert sum(vps["naps"]) == sum(vps["dispatches"]) > 0
    root = [
        naps for naps, name in zip(partition["naps"], partition["partition"], strict=True) if name == "Root"
    ]
    assert vps["hypercalls"] == vps["naps"] == root
    assert vps["other_hypercalls_per_sec"] == [100 * count for count in vps["naps"]]
    assert {cost for cost in vps["hypercalls_cost_ns"] if cost is not None} == {5_000}
    assert sum(vps["hypervisor_run_ns"]) + vps["unpaid_ns"][-1] == 5_000 * sum(vps["naps"])
    assert sum(
        cost for cost, name in zip(trace["cost_ns"], trace["class"], strict=True) if name == "naps"
    ) == 5_000 * sum(vps["naps"])
    assert found["hypercalls"] == sum(vps["naps"])


PERIODIC = '''
class PeriodicWorkload(AnyWorkload):
    """Tasks that are released one period after the other, whatever the host does."""

    kind: Literal["periodic"] = key("tasks released periodically", "periodic")
    period: Annotated[int, Duration(low=1)] = key("time between releases")
    work: Annotated[int, Duration(low=1)] = key("CPU time of each")
    order: Annotated[str, Choice(("fifo", "round-robin"))] = key("how they share the VPs", "fifo")
    threads: Annotated[int, Count(0, MOST_THREADS)] = key("how many run at once; 0: no bound", 0)
    measured: Annotated[str, Choice(MEASURED)] = key(MEASURED_DOC, "native")

    @property
    def service(self) -> Distribution:
        """The CPU time of a task."""
        return Deterministic.model_construct(mean=self.work)

    @property
    def interarrival(self) -> Distribution:
        """The period."""
        return Deterministic.model_construct(mean=self.period)

    def rates(self, vps: int) -> None:
        """Give that it never changes."""


Workload: TypeAlias = Annotated[
    PeriodicWorkload | '''


def test_a_kind_of_workload_whose_work_arrives_is_its_specification(tmp_path):
    copy = _copy(tmp_path)
    spec = copy / "hvecs" / "spec" / "workload.py"
    _edit(spec, "Workload: TypeAlias = Annotated[\n    ", PERIODIC.lstrip())
    _edit(
        spec,
        "RequestWorkload: TypeAlias = OpenWorkload | ",
        "RequestWorkload: TypeAlias = PeriodicWorkload | OpenWorkload | ",
    )
    found = _run(copy, workload='workload = { kind = "periodic", period = "4 ms", work = "500 us" }')["guest"]
    assert found["arrivals"] == found["completions"] == 7  # at 4, 8 ... 28 ms of 30
    assert found["guest_run_ns"] == 7 * 500_000
    assert found["response_mean_ns"] >= 500_000


STRESS = '''
"""Stress: a task a VP that computes without an end, in pieces of one length, before which it wakes a VP."""

from systems.declarations import TaskKind, Workload
from systems.guest.system import Guests
from systems.guest.tasks import enqueue
from systems.kernels.jit import part
from systems.scheduling.handover import kick

STRESS = 3
PIECE = 6


@part
def begin_pieces(w, guest, now):
    layout = w.layouts[guest]
    for task in range(layout.first_lasting, layout.first_lasting + layout.lasting):
        w.tasks[task].remaining_ns = w.journeys[task].service_ns
        enqueue(w, guest, task, now)
        kick(w, guest, now)


@part
def end_piece(w, vp, task, now):
    w.tasks[task].remaining_ns = w.journeys[task].service_ns
    enqueue(w, w.tasks[task].owner, task, now)
    return 0


@part
def lose_piece(w, task):
    pass


PIECES = TaskKind(PIECE, end_piece, lose_piece, Guests)
STRESS_WORKLOAD = Workload(STRESS, "stress", Guests, (PIECES,), release_work=begin_pieces)
'''
STRESS_SPEC = '''
class StressWorkload(AnyWorkload):
    """Computing without an end."""

    kind: Literal["stress"] = key("computing without an end", "stress")
    piece: Annotated[int, Duration(low=1)] = key("CPU time of one piece")

    def lasting(self, vps: int) -> tuple[int, ...]:
        """Give a task a VP."""
        return (self.piece,) * vps


Workload: TypeAlias = Annotated[
    StressWorkload | '''


def test_a_kind_of_workload_with_a_course_of_its_own_is_its_specification_a_file_and_a_line(tmp_path):
    copy = _copy(tmp_path)
    _edit(copy / "hvecs/spec/workload.py", "Workload: TypeAlias = Annotated[\n    ", STRESS_SPEC.lstrip())
    (copy / "systems/scheduling/stress.py").write_text(STRESS.lstrip(), encoding="utf-8")
    declared = copy / "systems/__init__.py"
    entry = "from systems.scheduling.stress import STRESS_WORKLOAD\nfrom systems.scheduling.system import"
    _edit(declared, "from systems.scheduling.system import", entry)
    _edit(declared, "WORKLOADS = (", "WORKLOADS = (STRESS_WORKLOAD, ")
    stress = 'virtual_processors = 2\nworkload = { kind = "stress", piece = "1 ms" }'
    root, guest = _run(copy, workload=stress)["ran"]
    assert root + guest == 30_000_000  # of its two VPs one at a time has what the root leaves of the LP
    assert guest > 20_000_000


@pytest.mark.parametrize("field", sampled_fields())
def test_every_field_that_a_column_comes_from_exists(field):
    table, _, name = field.rpartition(".")
    assert name in SAMPLED_COMPONENTS[table].fields


def test_every_column_that_another_comes_from_exists():
    for table in TABLES.values():
        for column in table.columns:
            if column.source is not None:
                wanted = {operand for operand in operands(column.source) if "." not in operand}
                assert wanted <= set(table.column_names), (table.name, column.name)


def test_a_counter_that_only_grows_is_never_negative_nor_reset():
    """What CUMULATIVE promises is checked of runs by the property tests; here, that the tables are of whole numbers."""
    for name in CUMULATIVE:
        assert {field.dtype for field in SAMPLED_COMPONENTS[name].fields.values()} == {"i8"}


def test_every_charge_has_columns_of_its_own_in_vps_and_partitions():
    for table in ("virtual_processor", "root_virtual_processor", "partition"):
        assert {charge.column for charge in EVERY_CHARGE} <= set(TABLES[table].column_names)
    assert len({charge.column for charge in EVERY_CHARGE}) == len(EVERY_CHARGE)
