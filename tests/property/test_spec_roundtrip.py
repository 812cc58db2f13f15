from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hvecs.spec import Scenario, load, resolved_toml
from hvecs.spec.rates import NAMED
from hvecs.spec.units import DAY, EIB, Duration, Percent, Rate, Size

DURATION_NS = st.one_of(
    st.integers(1, 10**6), st.integers(1, DAY), st.integers(1, 1000).map(lambda n: n * 10**9)
)
PCT = st.floats(0.001, 99.999).map(Percent().write)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True).filter(lambda name: name != "root")


def duration(low=1, high=DAY):
    return DURATION_NS.map(lambda ns: Duration().write(max(low, min(high, ns))))


def distribution():
    return st.one_of(
        st.fixed_dictionaries(
            {"distribution": st.sampled_from(["deterministic", "exponential"]), "mean": duration()}
        ),
        st.tuples(DURATION_NS, DURATION_NS).map(
            lambda ends: {
                "distribution": "uniform",
                "low": Duration().write(min(ends)),
                "high": Duration().write(max(ends)),
            }
        ),
        st.fixed_dictionaries(
            {"distribution": st.just("lognormal"), "mean": duration(), "cv": st.floats(1e-9, 100)}
        ),
        st.fixed_dictionaries(
            {"distribution": st.just("pareto"), "mean": duration(), "shape": st.floats(1.001, 100)}
        ),
        st.fixed_dictionaries(
            {
                "distribution": st.just("empirical"),
                "values": st.lists(duration(), min_size=1, max_size=4).map(tuple),
            }
        ),
    )


PROFILE = st.dictionaries(st.integers(0, 167), st.floats(0, 100), min_size=1, max_size=5).map(
    lambda given: tuple({"at": f"{hour} h", "times": given[hour]} for hour in sorted(given))
)

WORKLOAD = st.one_of(
    st.just({"kind": "idle"}),
    st.fixed_dictionaries(
        {"kind": st.just("closed"), "work": duration(), "compute": distribution(), "sleep": distribution()},
        optional={
            "threads": st.integers(1, 1000),
            "lock": st.fixed_dictionaries(
                {"share": st.integers(1, 100).map("{} %".format), "hold": duration()},
                optional={"kind": st.sampled_from(["spin", "park"])},
            ),
        },
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("open"),
            "rate": st.floats(1e-6, 1e6).map(Rate().write),
            "service": distribution(),
            "order": st.sampled_from(["fifo", "round-robin"]),
        },
        optional={"profile": st.one_of(st.sampled_from(sorted(NAMED)), PROFILE)},
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("trace"),
            "times": st.lists(st.integers(0, 10**6), min_size=3, max_size=3, unique=True).map(
                lambda given: tuple(f"{each} s" for each in sorted(given))
            ),
            "demand": st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)),
        },
        optional={
            "unit": st.sampled_from(["%", "cpus"]),
            "scale": st.floats(0, 10),
            "repeat": st.booleans(),
            "burst": distribution(),
            "spacing": st.sampled_from(["random", "even"]),
        },
    ),
    st.fixed_dictionaries({"kind": st.just("open"), "arrivals": distribution(), "service": distribution()}),
)

BLOCK = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "count": st.integers(1, 5),
        "start": duration(),
        "virtual_processors": st.integers(1, 64),
        "memory": st.integers(1, 512).map(lambda blocks: Size().write(blocks * 2**21)),
        "processor": st.fixed_dictionaries(
            {},
            optional={
                "cap": PCT,
                "weight": st.integers(1, 10_000),
                "affinity": st.lists(st.integers(0, 1), unique=True).map(tuple),
            },
        ),
        "workload": WORKLOAD,
        "guest": st.fixed_dictionaries(
            {"quantum": duration(low=1000)}, optional={"spin_retry_time": duration(low=1000)}
        ),
    },
)

SCENARIO = st.fixed_dictionaries(
    {
        "scenario": st.fixed_dictionaries(
            {"name": NAMES, "purpose": st.text(max_size=30)},
            optional={
                "step": duration(1000, 10**9),
                "sample": duration(1000),
                "seed": st.integers(0, 2**63 - 1),
                "trace": st.just(("dispatch",)),
            },
        ),
        "host": st.one_of(
            st.fixed_dictionaries({"logical_processors": st.integers(2, 320), "memory": st.just("1 TiB")}),
            st.fixed_dictionaries(
                {
                    "sockets": st.integers(1, 8),
                    "cores_per_socket": st.integers(2, 40),
                    "memory": st.just("2 TiB"),
                },
                optional={
                    "costs": st.fixed_dictionaries(
                        {},
                        optional={
                            "preset": st.sampled_from(["default", "none"]),
                            "dispatch": duration(high=10**9),
                            "interference": PCT,
                        },
                    ),
                    "limits": st.sampled_from(["ws2016", "ws2025", "none"]),
                    "root_reserve": st.sampled_from(["auto", "3 GiB"]),
                },
            ),
        ),
        "root": st.fixed_dictionaries(
            {},
            optional={
                "virtual_processors": st.sampled_from(["all", 1, 2]),
                "background_cpu": PCT,
                "background_burst": duration(1000),
            },
        ),
        "partition": st.lists(BLOCK, min_size=1, max_size=3, unique_by=lambda block: block["name"]).map(
            tuple
        ),
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCENARIO)
def test_a_resolved_scenario_is_equal_once_loaded(tmp_path_factory, data):
    scenario = Scenario.model_validate(data)
    path = tmp_path_factory.getbasetemp() / "resolved.toml"
    path.write_text(resolved_toml(scenario), encoding="utf-8", newline="")
    assert load(path) == scenario


@given(st.integers(0, 366 * DAY))
def test_every_duration_is_written_and_read_back(ns):
    assert Duration().read(Duration().write(ns)) == ns


@given(st.integers(0, EIB))
def test_every_size_is_written_and_read_back(size_bytes):
    assert Size().read(Size().write(size_bytes)) == size_bytes


@given(st.floats(0, 100))
def test_every_percentage_that_can_be_written_is_read_back(pct):
    text = Percent().write(pct)
    if len(text) < 60:
        assert Percent().read(text) == pct


@given(st.integers(1, 9_999), st.integers(0, 10**9), st.sampled_from(["/ms", "/s", "/min", "/h"]))
def test_a_rate_in_any_unit_is_read_back_from_per_second(whole, decimals, unit):
    held = Rate().read(f"{whole}.{decimals} {unit}")
    assert Rate().read(Rate().write(held)) == held
