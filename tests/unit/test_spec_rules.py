import pytest

from hvecs.spec import SpecError, load

BASE = """\
[scenario]
name = "s"
[host]
logical_processors = 4
memory = "32 GiB"
[[partition]]
name = "web"
[[partition]]
name = "db"
"""
OPEN = 'partition.db.workload={ kind = "open", service = { distribution = "exponential", mean = "1 ms" } }'
UNIFORM = 'partition.db.workload={ kind = "closed", work = "1 h", compute = { distribution = "uniform", low = "3 ms", high = "2 ms" } }'
LOCK = 'partition.db.workload={ kind = "closed", work = "1 h", lock = { share = "2 %", hold = "20 us" } }'
NO_LIMITS = "host.limits=none"


@pytest.fixture
def problems(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def problems(*sets, text=BASE):
        (tmp_path / "host.toml").write_text(text)
        try:
            load("host.toml", sets)
        except SpecError as error:
            return [str(problem).split(": ", 1)[1] for problem in error.problems]
        return []

    return problems


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["scenario.warm_up=1 h"], 'expected less than the duration of "1 h"; got "1 h"'),
        (['scenario.trace=["dispatch", "dispatch"]'], '"dispatch" stands twice; expected each once'),
        (["host.sockets=2"], "given beside logical_processors; expected one of the two ways"),
        (["host.root_reserve=32 GiB"], 'the root reserve of "32 GiB" leaves nothing of "32 GiB" for guests; expected less reserve or more memory'),
        (["host.memory=256 MiB"], 'the root reserve of "0.382324 GiB" leaves nothing of "0.25 GiB" for guests; expected less reserve or more memory'),
        (["root.virtual_processors=5"], 'expected "all" or at most the 4 LPs of the host; got 5'),
        (["partition.db.memory=31 GiB"], '"31 GiB" does not fit into the host; expected at most "32 GiB" less a root reserve of "1.3125 GiB"'),
        (["partition.db.stop=5 s", "partition.db.start=5 s"], 'expected more than the start, "5 s"; got "5 s"'),
        (["partition.db.processor.affinity=[4]"], "LP 4 does not exist; expected LPs from 0 to 3"),
        (["partition.db.processor.affinity=[1, 1]"], "1 stands twice; expected each once"),
        (["partition.db.processor.cap=10 %", "partition.db.processor.reserve=20 %"], '"20 %" is above the cap; expected at most "10 %"'),
        (["partition.db.name=web"], 'another block has a guest "web" too; expected names that differ, in more than upper and lower case'),
        (["partition.db.name=WEB"], 'another block has a guest "web" too; expected names that differ, in more than upper and lower case'),
        (["partition.db.name=Web-1", "partition.web.count=2"], 'another block has a guest "web-1" too; expected names that differ, in more than upper and lower case'),
        (["partition.db.name=web-1", "partition.web.count=2"], 'another block has a guest "web-1" too; expected names that differ, in more than upper and lower case'),
        ([OPEN], "rate: missing; expected rate or arrivals"),
        ([OPEN, "partition.db.workload.rate=1 /s", 'partition.db.workload.arrivals={ distribution = "exponential", mean = "1 ms" }'], "given beside rate; expected one of them"),
        ([OPEN, 'partition.db.workload.arrivals={ distribution = "exponential", mean = "0 ms" }'], "mean: expected a mean above zero"),
        ([OPEN, "partition.db.workload.rate=1 /s", "partition.db.workload.service.mean=0 s"], "expected a mean above zero"),
        (["partition.db.enlightenments.long_spin_wait=false"], 'means nothing without a workload.lock of kind = "spin" or "ticket"; expected true'),
        ([LOCK, "partition.db.workload.lock.kind=park", "partition.db.enlightenments.long_spin_wait=false"], 'means nothing without a workload.lock of kind = "spin" or "ticket"; expected true'),
        ([UNIFORM], 'compute.high: expected at least low, "3 ms"; got "2 ms"'),
        (["host.limits=ws2022", "partition.db.virtual_processors=1025"], 'beyond limits = "ws2022": 1025 VPs of a guest; expected at most 1024, or limits = "none"'),
        (["host.limits=ws2012r2", "host.logical_processors=321"], 'beyond limits = "ws2012r2": 321 LPs; expected at most 320, or limits = "none"'),
        (["host.limits=ws2016", "host.memory=25 TiB"], 'beyond limits = "ws2016": "25600 GiB"; expected at most "24576 GiB", or limits = "none"'),
        (["host.limits=ws2012r2", "host.memory=3 TiB", "partition.db.memory=2 TiB"], 'beyond limits = "ws2012r2": "2048 GiB"; expected at most "1024 GiB" a guest, or limits = "none"'),
        (["partition.db.count=1024"], 'beyond limits = "ws2025": 1025 guests run at once; expected at most 1024, or limits = "none"'),
        (["partition.db.count=64", "partition.db.virtual_processors=32"], 'beyond limits = "ws2025": 2049 VPs run at once; expected at most 2048, or limits = "none"'),
        ([NO_LIMITS, "partition.db.count=262144"], "262149 VPs with the root's are too many to simulate; expected at most 262144"),
        ([NO_LIMITS, "partition.db.count=1000", 'partition.db.workload={ kind = "closed", work = "1 h", threads = 4001 }'], "4001000 threads are too many to simulate; expected at most 4000000"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_one_problem_that_names_it(problems, sets, message):
    found = problems(*sets)
    assert len({line.split(": ", 1)[-1] for line in found}) == 1
    assert found[0].endswith(message)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("", "host.logical_processors: missing; expected it, or sockets and cores_per_socket"),
        ("sockets = 2", "host.cores_per_socket: missing; expected beside sockets"),
        ("cores_per_socket = 2", "host.sockets: missing; expected beside cores_per_socket"),
        ("sockets = 129\ncores_per_socket = 128\nlimits = 'none'", "host.sockets: 16512 LPs are too many; expected at most 16384"),
    ],
)  # fmt: skip
def test_a_host_says_its_lps_in_one_way(problems, machine, expected):
    assert problems(text=BASE.replace("logical_processors = 4", machine)) == [expected]


@pytest.mark.parametrize(
    "sets",
    [
        ["scenario.warm_up=59 min"],
        ["partition.db.memory=30 GiB"],
        ["partition.db.virtual_processors=2047"],
        ["partition.db.count=1023"],
        ["partition.db.processor.cap=10 %", "partition.db.processor.affinity=[0, 3]"],
        ["root.virtual_processors=4"],
        [NO_LIMITS, "partition.db.virtual_processors=5000"],
        [LOCK, "partition.db.enlightenments.long_spin_wait=false"],
        ["host.limits=ws2022", "host.memory=100 TiB"],
        # guests that never run at the same time share the limit on what runs
        [
            "partition.web.count=1000",
            "partition.web.stop=1 s",
            "partition.db.count=1000",
            "partition.db.start=1 s",
        ],
    ],
)
def test_what_just_keeps_a_rule_is_no_problem(problems, sets):
    assert problems(*sets) == []


def test_a_sum_lies_at_the_block_that_goes_beyond_it(problems):
    found = problems("partition.web.count=600", "partition.db.count=600")
    assert found[0].startswith("partition[1]: beyond limits")


def test_no_partition_is_a_problem(problems):
    text = BASE[: BASE.index("[[partition]]")]
    assert problems(text=text) == ["partition: missing; expected at least one [[partition]]"]


NATIVE = ["host.hypervisor=none"]
ONE = BASE[: BASE.rindex("[[partition]]")]


def test_the_native_baseline_takes_one_guest_alone(problems):
    assert problems(*NATIVE, text=ONE) == []
    assert problems(*NATIVE, "partition.web.count=1", text=ONE) == []
    said = 'the native baseline (host.hypervisor = "none") runs one guest alone; got 2'
    assert problems(*NATIVE) == [f"partition: {said}"]
    assert problems(*NATIVE, "partition.web.count=2", text=ONE) == [f"partition: {said}"]


@pytest.mark.parametrize(
    ("setting", "usual"),
    [("reserve=10 %", '"0 %"'), ("cap=50 %", '"100 %"'), ("weight=200", "100"), ("affinity=[0]", "none")],
)
def test_the_native_baseline_refuses_processor_settings(problems, setting, usual):
    expected = f'means nothing in the native baseline (host.hypervisor = "none"); expected {usual}'
    assert problems(*NATIVE, f"partition.web.processor.{setting}", text=ONE) == [expected]


def test_the_native_baseline_has_no_trace_and_no_root_reserve(problems):
    found = problems(*NATIVE, 'scenario.trace=["dispatch"]', text=ONE)
    assert found == ['the native baseline (host.hypervisor = "none") has no VPs to trace; expected none']
    assert problems(*NATIVE, "partition.web.memory=32 GiB", text=ONE) == []
