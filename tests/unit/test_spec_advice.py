"""What is valid and yet most likely not meant is a warning at its place, and stops nothing."""

import pytest

from hvecs.spec.loading import load_advised
from tests.unit.test_spec_rules import BASE as ONE_EACH
from tests.unit.test_spec_rules import LOCK

BASE = f"{ONE_EACH}count = 3\n"
SMT = ["host.threads_per_core=2"]
OPEN = 'partition.db.workload={ kind = "open", rate = "10 /s", service = { distribution = "exponential", mean = "1 ms" } }'


@pytest.fixture
def warnings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def warnings(*sets, text=BASE):
        (tmp_path / "host.toml").write_text(text)
        return [str(found) for found in load_advised("host.toml", sets)[1]]

    return warnings


def test_a_plain_scenario_has_none(warnings):
    assert warnings() == []


THREADS = "partition.db.processor.threads_per_core=1"
ROOT_SCHEDULES = "the system of the root schedules, not the hypervisor"
TICKETS = [LOCK, "partition.db.workload.lock.kind=ticket"]
HALTS = "only threads that share a ticket lock, of a guest with long_spin_wait, halt"
VIRTUAL_CORES = "only the core scheduler, on a host with SMT, has virtual cores"


@pytest.mark.parametrize(
    ("key", "sets", "why"),
    [
        (THREADS, [], VIRTUAL_CORES),
        (THREADS, [*SMT, "host.scheduler=classic"], VIRTUAL_CORES),
        (THREADS, [*SMT, "host.scheduler=root"], VIRTUAL_CORES),
        (THREADS, [*SMT, "host.limits=ws2016"], VIRTUAL_CORES),
        ("host.smt_yield=1.2", [], "the cores of the host have one thread"),
        ("host.scheduling.wake_boost=2", [], "only the root scheduler has priorities"),
        ("host.scheduling.reserve=floor", [], "no guest has a reserve"),
        ("host.scheduling.long_spin=ignore", [], "no guest tells of long spins"),
        ("host.scheduling.long_spin=ignore", [*TICKETS, "partition.db.guest.profile=linux"], "no guest tells of long spins"),
        ("partition.db.guest.long_spin=halt", [LOCK], HALTS),
        ("partition.db.guest.long_spin=halt", [*TICKETS, "partition.db.enlightenments.long_spin_wait=false"], HALTS),
        ("host.scheduling.lock_extension=1 ms", [], "no guest has a spin lock"),
        ("host.scheduling.lock_extension=1 ms", [LOCK, "host.scheduler=root"], ROOT_SCHEDULES),
        ("host.scheduling.recent=5 ms", ["host.scheduler=root"], ROOT_SCHEDULES),
        ("host.scheduling.recent=5 ms", ["host.logical_processors=1"], "the host has one LP"),
        ("host.scheduling.interrupt_threshold=5 /s", ["host.scheduler=root"], ROOT_SCHEDULES),
        ("host.scheduling.interrupt_threshold=5 /s", ["host.logical_processors=1"], "the host has one LP"),
        ("host.scheduling.interrupt_window=5 ms", [], "interrupt_threshold is 0: they are not counted"),
        ("host.scheduling.cap_period=50 ms", [], "no guest has a cap or a reserve, and no CPU group a cap"),
        ("partition.db.guest.quantum=5 ms", [OPEN], 'only threads, and requests in the order "round-robin", take turns'),
        ("partition.db.guest.idle_ticks=true", ["partition.db.guest.tick=0 s"], "the guest's clock does not tick"),
        ("partition.db.guest.timer_accesses=9", [], "the guest has synthetic timers"),
        ("partition.db.guest.timer_writes=2", ["partition.db.enlightenments.synthetic_timers=false"], "the guest has no synthetic timers"),
        ("partition.db.guest.one_shot_ticks=true", ["partition.db.guest.tick=0 s"], "the guest's clock does not tick"),
        ("partition.db.guest.wake_accesses=3", ["partition.db.guest.profile=none"], "no timer of its own wakes an idle VP of the guest"),
        ("partition.db.guest.wake_accesses=3", ["partition.db.guest.idle_ticks=true"], "no timer of its own wakes an idle VP of the guest"),
        ("partition.db.guest.idle_wakes=3 /s", ["partition.db.guest.idle_ticks=true"], "idle VPs take clock interrupts"),
        ("partition.db.io.ring=9", [], "no request comes from the network"),
        ("partition.db.io.queue_depth=9", [], "no request makes I/Os"),
        ("partition.db.io.device_class=network", [], "no request makes I/Os"),
        ("partition.db.io.device_class=network", [OPEN, "partition.db.io.per_request=1", "partition.db.guest.profile=linux"], "the guest's system treats all devices alike"),
    ],
)  # fmt: skip
def test_a_key_without_effect(warnings, key, sets, why):
    found = warnings(key, *sets)
    assert f"--set {key.partition('=')[0]}: has no effect: {why}" in found


@pytest.mark.parametrize(
    ("key", "sets"),
    [
        (THREADS, SMT),
        (THREADS, [*SMT, "host.scheduler=core", "host.limits=ws2016"]),
        ("host.smt_yield=1.2", SMT),
        ("host.scheduling.wake_boost=2", ["host.scheduler=root"]),
        ("host.scheduling.reserve=floor", ["partition.db.processor.reserve=1 %"]),
        ("host.scheduling.long_spin=ignore", [LOCK]),
        ("partition.db.guest.long_spin=halt", TICKETS),
        ("host.scheduling.lock_extension=1 ms", [LOCK]),
        ("host.scheduling.recent=5 ms", []),
        ("host.scheduling.recent=5 ms", ["host.scheduling.interrupt_threshold=5 /s"]),
        ("host.scheduling.interrupt_window=5 ms", ["host.scheduling.interrupt_threshold=5 /s"]),
        ("host.scheduling.cap_period=50 ms", ["partition.db.processor.cap=50 %"]),
        ("partition.db.guest.quantum=5 ms", [OPEN, "partition.db.workload.order=round-robin"]),
        ("partition.db.io.device_class=network", [OPEN, "partition.db.io.per_request=1"]),
    ],
)
def test_a_key_with_an_effect_or_its_default_is_none(warnings, key, sets):
    assert warnings(key, *sets) == []


def test_without_a_clock_idle_vps_are_woken_by_their_own_timers(warnings):
    """Of the keys, idle_ticks is the one without effect."""
    guest = "partition.db.guest."
    found = warnings(f"{guest}wake_accesses=3", f"{guest}idle_ticks=true", f"{guest}tick=0 s")
    assert found == [f"--set {guest}idle_ticks: has no effect: the guest's clock does not tick"]


def test_a_warning_has_its_place(warnings):
    text = BASE + "[partition.processor]\nthreads_per_core = 1\n"
    assert warnings(text=text) == [
        f"host.toml:12: partition[1].processor.threads_per_core: has no effect: {VIRTUAL_CORES}"
    ]


def test_an_empty_group(warnings):
    found = warnings('host.cpu_group=[{ name = "g", cap = "50 %" }]')
    assert found == ["--set host.cpu_group: [0].name: has no effect: no guest is in this group"]


@pytest.mark.parametrize("where", ["virtual_processors=5", "processor.affinity=[2]", "virtual_processors=4"])
def test_a_guest_with_more_vps_than_lps_has_no_guarantee(warnings, where):
    vps = [] if where.startswith("virtual") else ["partition.web.virtual_processors=2"]
    given = warnings(f"partition.web.{where}", *vps, "partition.web.processor.reserve=40 %")
    found = [each for each in given if "processor.reserve" in each]
    said = 'not guaranteed, as a guest has more VPs than LPs [TLFS2 18.2]; taken as "0 %"'
    assert found == ([] if where.endswith("=4") else [f"--set partition.web.processor.reserve: {said}"])


@pytest.mark.parametrize(("cap", "said"), [("30 %", False), ("25 %", True), ("100 %", False)])
def test_a_group_whose_cap_pays_not_for_all_reserves_in_it_is_told(warnings, cap, said):
    """Three guests of 40 %, on four LPs: 1.2."""
    group = f'host.cpu_group=[{{ name = "g", cap = "{cap}" }}]'
    found = warnings(group, "partition.db.processor.group=g", "partition.db.processor.reserve=40 %")
    why = "pays for 1 LPs, and the reserves of its guests come to 1.2: each counts for its part"
    assert found == ([f"--set host.cpu_group: [0].cap: {why}"] if said else [])


@pytest.mark.parametrize(("spanning", "kept"), [("true", True), ("false", False)])
def test_a_guest_that_may_not_leave_its_node_needs_an_lp_there_for_each_vp(warnings, spanning, kept):
    shape = f"sockets = 2\ncores_per_socket = 2\nnuma_nodes = 2\nnuma_spanning = {spanning}"
    text = BASE.replace("logical_processors = 4", shape)
    given = warnings("partition.web.virtual_processors=3", "partition.web.processor.reserve=40 %", text=text)
    assert any("not guaranteed" in each for each in given) != kept


def test_guests_whose_reserves_do_not_fit(warnings):
    found = warnings(
        "partition.web.virtual_processors=2", "partition.web.processor.reserve=90 %",
        "partition.db.virtual_processors=2", "partition.db.processor.reserve=60 %",
    )  # fmt: skip
    assert found == [
        (
            "--set partition.db.processor.reserve: db-1, db-2 will not start: db-1: its reserve of 1.2 LPs does not fit beside the 3 of "
            "the guests before it, on 4 LPs"
        )
    ]


def test_reserves_of_guests_that_are_not_on_together_fit(warnings):
    sets = [
        "partition.web.processor.reserve=100 %",
        "partition.web.virtual_processors=3",
        "partition.web.stop=1 s",
    ]
    assert len(warnings(*sets, "partition.db.processor.reserve=50 %")) == 1
    assert warnings(*sets, "partition.db.processor.reserve=50 %", "partition.db.start=1 s") == []


def test_reserves_that_just_fill_the_host_fit(warnings):
    text = BASE.replace("= 4", "= 1").replace("count = 3\n", "") + '[[partition]]\nname = "mail"\n'
    shares = {"web": 28.6, "db": 35.7, "mail": 35.7}
    assert sum(shares.values()) > 100
    assert (
        warnings(*(f"partition.{name}.processor.reserve={pct} %" for name, pct in shares.items()), text=text)
        == []
    )


@pytest.mark.parametrize(
    ("sets", "used"),
    [
        ([], "classic"),
        (SMT, "core"),
        ([*SMT, "host.limits=ws2019"], "core"),
        ([*SMT, "host.limits=none"], "core"),
        ([*SMT, "host.limits=ws2016"], "classic"),
        ([*SMT, "host.limits=ws2012r2"], "classic"),
        ([*SMT, "host.scheduler=classic"], "classic"),
    ],
)
def test_the_scheduler_follows_the_version(tmp_path, sets, used):
    (tmp_path / "host.toml").write_text(BASE)
    assert load_advised(tmp_path / "host.toml", sets)[0].host.scheduler_used == used
