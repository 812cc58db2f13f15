"""What is known before a run is a warning at its place: loads, widths, samples."""

import pytest

from hvecs.spec.loading import load_advised

BASE = """\
[scenario]
name = "s"
duration = "1 min"
[host]
logical_processors = 4
memory = "32 GiB"
[root]
background_cpu = "0 %"
[[partition]]
name = "web"
virtual_processors = 2
[[partition]]
name = "db"
count = 3
"""
AT_DB = "--set partition.db."


def service(mean, **more):
    """Requests of web at 1000 a second, as a setting."""
    other = "".join(f", {key} = {value}" for key, value in more.items())
    return f'partition.web.workload={{ kind = "open", rate = "1000 /s", service = {{ distribution = "exponential", mean = "{mean}" }}{other} }}'


@pytest.fixture
def warnings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def warnings(*sets, text=BASE):
        (tmp_path / "host.toml").write_text(text)
        return [str(found) for found in load_advised("host.toml", sets)[1]]

    return warnings


def test_a_plain_scenario_has_none(warnings):
    assert warnings() == []


def grows(offered, most):
    return f"offers {offered} of work at native speed, and the guest has {most} at most: its queue will grow"


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([service("2 ms")], None),
        ([service("2100 us")], grows("2.1 LPs", "2 LPs")),
        ([service("1100 us"), "partition.web.processor.cap=50 %"], grows("1.1 LPs", "1 LP")),
        ([service("900 us"), "partition.web.processor.cap=50 %"], None),
        ([service("1100 us", threads=1)], grows("1.1 LPs", "1 LP")),
        ([service("1100 us"), "partition.web.processor.affinity=[3]"], grows("1.1 LPs", "1 LP")),
    ],
)
def test_requests_beyond_their_guest(warnings, sets, expected):
    found = [each for each in warnings(*sets) if "its queue will grow" in each]
    assert found == ([] if expected is None else [f"--set partition.web.workload: rate: {expected}"])


def test_requests_by_the_time_between_them(warnings):
    gap = 'arrivals = { distribution = "deterministic", mean = "1 ms" }'
    text = BASE.replace(
        '[[partition]]\nname = "db"',
        f'[partition.web.workload]\nkind = "open"\n{gap}\nservice = {{ distribution = "uniform", low = "2 ms", high = "3 ms" }}\n[[partition]]\nname = "db"'.replace(
            "partition.web", "partition"
        ),
    )
    assert warnings(text=text) == [
        f"host.toml:14: partition[0].workload.arrivals: {grows('2.5 LPs', '2 LPs')}"
    ]


def of_db(count, **more):
    return [
        f"partition.db.count={count}",
        'partition.db.workload={ kind = "open", rate = "900 /s", service = { distribution = "exponential", mean = "1 ms" } }',
        *(f"partition.db.{key}={value}" for key, value in more.items()),
    ]


@pytest.mark.parametrize(
    ("sets", "needs"),
    [
        (of_db(4), None),
        (of_db(5), "4.5 LPs"),
        ([*of_db(4), "root.background_cpu=20 %"], "4.4 LPs"),
        (
            [*of_db(4), "root.background_cpu=1 %", "root.measured_cpu=20 %", "root.memory_bound=0 %"],
            "4.4 LPs",
        ),
        (
            [*of_db(4), "root.background_cpu=1 %", "root.measured_cpu=20 %", "root.memory_bound=100 %"],
            "4.3 LPs",
        ),
        (of_db(5, start="2 min"), None),
    ],
)
def test_requests_of_all_guests_beyond_the_host(warnings, sets, needs):
    found = [each for each in warnings(*sets) if "queues will grow" in each]
    message = f"the guests' requests and the root could use {needs} at native speed, and the host is worth 4 LPs: queues will grow"
    assert found == ([] if needs is None else [f"host.toml:5: host.logical_processors: {message}"])


def test_guests_that_run_one_after_the_other_are_not_added_up(warnings):
    more = '[[partition]]\nname = "late"\ncount = 4\nstart = "30 s"\n[partition.workload]\nkind = "open"\nrate = "900 /s"\nservice = { distribution = "exponential", mean = "1 ms" }\n'
    assert warnings(*of_db(4, stop="30 s"), text=BASE + more) == []
    assert len(warnings(*of_db(4, stop="31 s"), text=BASE + more)) == 1


def test_a_core_with_two_threads_is_worth_its_yield(warnings):
    """2 cores of 2 threads: 2 x 1.31 LPs."""
    text = BASE.replace("logical_processors = 4", "sockets = 1\ncores_per_socket = 2\nthreads_per_core = 2")
    (found,) = warnings(*of_db(3), text=text)
    assert found.startswith(
        "host.toml:5: host.sockets: the guests' requests and the root could use 2.7 LPs at native speed, and the host is worth 2.62 LPs"
    )


def test_more_vps_than_lps(warnings):
    assert warnings("partition.db.virtual_processors=5") == [
        f"{AT_DB}virtual_processors: 5 VPs on 4 LPs: no more than 4 of them run at once"
    ]
    assert warnings("partition.db.virtual_processors=2", "partition.db.processor.affinity=[1]") == [
        f"{AT_DB}virtual_processors: 2 VPs on 1 LP: no more than 1 of them run at once"
    ]
    assert warnings("partition.db.virtual_processors=4") == []


def test_more_vps_than_a_node_has_that_they_may_not_leave_or_than_cores_that_each_takes_for_itself(warnings):
    shape = "sockets = 2\ncores_per_socket = 2\nnuma_nodes = 2\nnuma_spanning = false"
    text = BASE.replace("logical_processors = 4", shape)
    assert warnings("partition.db.virtual_processors=2", text=text) == []
    (found,) = warnings("partition.db.virtual_processors=3", text=text)
    assert found.endswith("virtual_processors: 3 VPs on 2 LPs: no more than 2 of them run at once")
    text = BASE.replace("logical_processors = 4", "sockets = 1\ncores_per_socket = 2\nthreads_per_core = 2")
    single = "partition.db.processor.threads_per_core=1"
    assert warnings("partition.db.virtual_processors=2", single, text=text) == []
    (found,) = warnings("partition.db.virtual_processors=3", single, text=text)
    assert found.endswith("virtual_processors: 3 VPs on 2 cores: no more than 2 of them run at once")


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (["scenario.sample=1 min"], None),
        (["scenario.sample=2 min"], 'longer than the run of "1 min": the tables will have one sample, cut short'),
        (["scenario.sample=20 s", "scenario.warm_up=40 s"], None),
        (["scenario.sample=20 s", "scenario.warm_up=41 s"], "no sample begins after the warm-up: the run will have no verdict"),
    ],
)  # fmt: skip
def test_samples_that_do_not_fit_the_run(warnings, sets, expected):
    assert warnings(*sets) == ([] if expected is None else [f"--set scenario.sample: {expected}"])


@pytest.mark.parametrize("name", ["policy", "most_added", "most_removed", "surplus"])
def test_keys_of_dynamic_memory_where_no_guest_has_it(warnings, name):
    values = {"policy": "weight", "surplus": "taken"}
    (found,) = warnings(f"host.dynamic_memory.{name}={values.get(name, '64 MiB')}")
    assert found == f"--set host.dynamic_memory.{name}: has no effect: no guest has Dynamic Memory"


CONSTANT = '{ kind = "constant", committed = "512 MiB" }'
DYNAMIC = '{ startup = "1 GiB" }'


@pytest.mark.parametrize(
    ("set_", "why"),
    [
        ("host.dynamic_memory.period=2 s", "no memory is balanced and no demand is modelled"),
        ("host.paging_channels=4", "no demand for memory is modelled, and so nobody pages"),
    ],
)
@pytest.mark.parametrize(
    ("others", "reads"),
    [
        ((), False),
        ((f"partition.web.memory_demand={CONSTANT}",), True),
        ((f"partition.web.dynamic_memory={DYNAMIC}",), True),
        ((f"root.memory_demand={CONSTANT}",), True),
        (("root.commit_per_guest=10 MiB",), True),
        (("root.commit_per_guest=0 B",), False),
        (("root.page_file=1 GiB",), False),
    ],
)
def test_keys_that_any_demand_for_memory_reads(warnings, set_, why, others, reads):
    """The engine looks at demand each period, and pages, as soon as one plan has a demand; Dynamic Memory implies one."""
    key = set_.partition("=")[0]
    assert (f"--set {key}: has no effect: {why}" in warnings(set_, *others)) is not reads


@pytest.mark.parametrize("demand", ["commit_per_guest=10 MiB", f"memory_demand={CONSTANT}", None])
def test_the_page_file_of_a_root_that_commits_nothing(warnings, demand):
    found = warnings("root.page_file=1 GiB", *([f"root.{demand}"] if demand else []))
    why = "what the root commits is not modelled (root.memory_demand, root.commit_per_guest)"
    assert found == ([] if demand else [f"--set root.page_file: has no effect: {why}"])


BARE = BASE.replace("count = 3", "count = 0").replace('background_cpu = "0 %"\n', "")


@pytest.mark.parametrize(
    "sets",
    [
        ("background_cpu=5 %",),
        ("measured_cpu=5 %",),
        ("profile=none",),
        ("idle_wakes=3 /s",),
        ("profile=none", "idle_wakes=3 /s"),
        ("intercepts.preset=none",),
        ("intercepts.msr=3 /s",),
        ("memory_bound=1 %",),
        ("page_file=1 GiB",),
        (f"memory_demand={CONSTANT}",),
        ('intercept_work={ distribution = "deterministic", mean = "20 us" }',),
        ("virtual_processors=2",),
    ],
)
def test_keys_of_the_root_on_the_bare_machine(warnings, sets):
    """Each that was given another value, and no other: what a profile or a mix fills in is not named."""
    found = warnings("host.hypervisor=none", *(f"root.{each}" for each in sets), text=BARE)
    assert [each.partition(" has no effect: ")[2] for each in found] == [
        "the bare machine has no root"
    ] * len(sets)
    assert warnings(*(f"root.{each}" for each in sets if "page_file" not in each), text=BARE) == []


@pytest.mark.parametrize("given", ["background_cpu=1 %", "idle_wakes=740 /s", "intercepts.preset=root"])
def test_a_default_of_the_root_on_the_bare_machine_is_none(warnings, given):
    assert warnings("host.hypervisor=none", f"root.{given}", text=BARE) == []


def test_the_root_of_the_bare_machine_demands_nothing(warnings):
    sets = ("host.hypervisor=none", "root.commit_per_guest=10 MiB", "host.paging_channels=4")
    assert any("host.paging_channels: has no effect" in each for each in warnings(*sets, text=BARE))


def test_spanning_on_one_node(warnings):
    assert warnings("host.numa_spanning=false") == [
        "--set host.numa_spanning: has no effect: the host has one NUMA node"
    ]
    assert warnings("host.numa_spanning=false", "host.numa_nodes=2") == []


def test_a_guest_counts_for_no_more_than_it_can_have(warnings):
    """5 guests of one VP each that ask for 3 LPs use 5 at most; 4 use 4."""
    more = "partition.db.workload.service.mean=3 ms"
    assert any("could use 5 LPs" in each for each in warnings(*of_db(5), more))
    assert not any("could use" in each for each in warnings(*of_db(4), more))


WORKS = 'partition.db.workload={ kind = "closed", threads = 1, work = "1 min" }'


@pytest.mark.parametrize(
    ("sets", "boot"),
    [
        (["partition.db.start=35 s"], "25 s"),
        (["partition.db.start=34999 ms"], None),
        (["partition.db.start=0 s"], None),
        (["partition.db.start=2 min"], None),
        (["partition.db.start=50 s", "partition.db.guest.profile=linux"], "10 s"),
        (["partition.db.start=50 s", "partition.db.guest.boot=0 s"], None),
        (["partition.db.restart=40 s"], "25 s"),
    ],
)
def test_a_guest_that_is_not_up_before_the_end(warnings, sets, boot):
    key = sets[0].partition("=")[0].rpartition(".")[2]
    said = f'{AT_DB}{key}: boots for "{boot}" (guest.boot), and the run ends before it is up'
    assert [each for each in warnings(WORKS, *sets) if "boots" in each] == ([said] if boot else [])
    assert [each for each in warnings(*sets) if "boots" in each] == []


TIERS = """
[[tier]]
name = "shop"
rate = "1000 /s"
service = { distribution = "exponential", mean = "1 ms" }
guests = ["web"]
calls = [{ tier = "data", times = 2 }]
[[tier]]
name = "data"
service = { distribution = "exponential", mean = "2 ms" }
guests = ["db"]
"""


def test_calls_of_tiers_count_as_their_requests(warnings):
    """1,000 a second make 2,000 of 2 ms: 4 LPs of work for three guests of one VP each; of 1.4 ms they are 2.8."""
    (said,) = warnings(text=BASE + TIERS)
    assert said.endswith(
        "tier[1].service: comes to 4 LPs of work at native speed, and its guests have 3 at most: its queue will grow"
    )
    assert warnings("tier.data.service.mean=1.4 ms", text=BASE + TIERS) == []


def test_a_tier_has_no_more_than_the_caps_of_its_guests(warnings):
    sets = ("tier.data.service.mean=1 ms", "partition.db.processor.cap=50 %")
    assert [said.partition(": ")[2][:26] for said in warnings(*sets, text=BASE + TIERS)] == [
        "tier[1].service: comes to "
    ]


SAVE = """
[[event]]
at = "30 s"
action = "save"
partition = "web"
"""


def test_a_save_that_takes_longer_than_the_run_is_known(warnings):
    """4 GiB at 100 MiB/s are 41 s, and 30 are left; at 200 MiB/s they are 20."""
    text = BASE.replace("virtual_processors = 2\n", 'virtual_processors = 2\nmemory = "4 GiB"\n') + SAVE
    (said,) = warnings("host.save_bandwidth=100 MiB/s", text=text)
    assert "takes 41 s to write (host.save_bandwidth), and the run ends before that" in said
    assert warnings("host.save_bandwidth=200 MiB/s", text=text) == []


SCALED = """
[[tier]]
name = "shop"
rate = "10 /s"
service = { distribution = "exponential", mean = "1 ms" }
guests = ["db"]
scaling = { above = 80, below = 20, every = "10 s" }
"""


def test_guests_that_a_tier_starts_boot(warnings):
    assert warnings("partition.db.guest.boot=2 s", text=BASE + SCALED) == []
    assert "guest.boot: has no effect" in warnings("partition.db.guest.boot=2 s")[0]
