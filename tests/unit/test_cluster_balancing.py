"""A cluster balances its hosts: by memory and by processor time, at its period, and no further than the threshold."""

from tests.host_clusters import cluster
from tests.simulation import IDLE, S, always_runnable, guest, run

FAST = {"balancing": "periodic", "balancing_period": "2 s"}


def moves(text, **settings):
    rows = run(text | {"cluster": FAST | settings})["migration"]
    return [(row["partition"], row["target"], row["asked_ns"]) for row in rows.to_dict("records")]


def full(names, memory="1 GiB", workload=IDLE, **more):
    return [guest(name, 1, workload, memory=memory, host="a", **more) for name in names]


def test_a_host_short_of_memory_sends_its_largest_guest_to_the_emptiest_host():
    """a: 7.5 of 9 GiB taken, 83 %; without the guest of 2 GiB 61 %. b has 3 GiB more than c free."""
    own = {"a": {"memory": "9 GiB"}, "b": {"memory": "12 GiB"}, "c": {"memory": "9 GiB"}}
    guests = [*full(["x", "y", "z", "u"]), *full(["large"], "2 GiB"), *full(["half"], "512 MiB")]
    text = cluster(5 * S, guests, hosts=("a", "b", "c"), own=own, host={"root_reserve": "1 GiB"})
    assert moves(text) == [("large", "b", 2 * S)]


def test_a_host_short_of_processors_sends_guests_until_it_is_below_the_threshold():
    """Four busy VPs on four LPs: one goes for 80 %, two for 60 %."""
    guests = full("wxyz", "64 MiB", always_runnable())
    text = cluster(5 * S, guests, lps=4, host={"memory": "64 GiB"})
    assert moves(text) == [("w", "b", 2 * S)]
    assert moves(text, balancing_level="high") == [("w", "b", 2 * S), ("x", "b", 2 * S)]


def test_nothing_moves_where_no_host_is_above_the_threshold_or_no_other_would_stay_below():
    calm = cluster(5 * S, full("wx", "64 MiB", always_runnable()), lps=4)
    busy = cluster(
        5 * S,
        [
            *full("wxyz", "64 MiB", always_runnable()),
            *(guest(f"b{n}", 1, always_runnable(), host="b") for n in range(3)),
        ],
        lps=4,
    )
    for text in (calm, busy):
        assert "migration" not in run(text | {"cluster": FAST}).tables


def test_balancing_is_off_unless_it_is_asked_for():
    text = cluster(5 * S, full("wxyz", "64 MiB", always_runnable()), lps=4)
    assert "migration" not in run(text).tables
