"""Static memory resized while its guest runs, by examples worked by hand: what is free, what is unused, what the root is asked for."""

import numpy as np
import pytest

from tests.simulation import IDLE, S, constant, dynamic, guest, mib, ns, run, scenario


def resized(at_s, name, memory_mib):
    return {"at": ns(at_s * S), "set": {f"partition.{name}.memory": mib(memory_mib)}}


def host(guests, *events, memory_mib=4096, step="1 s", duration_s=10, **more):
    keys = {"memory": mib(memory_mib), "root_reserve": mib(0), "limits": "ws2025", **more}
    text = scenario(duration_s * S, 2, guests, host=keys, sample="1 s", step=step, trace=["memory_operation"])
    return text | {"event": list(events)}


def held(result, name):
    """Memory (MiB) of a guest in each sample."""
    vm = result["dynamic_memory_vm"]
    return vm[vm.partition == name].set_index("time_ns").physical_memory_mib


def operations(result, name):
    """What was done at the changes, with amounts in MiB: none of the starts."""
    rows = result["memory_operation"]
    rows = rows[(rows.partition == name) & (rows.reason == "resize")]
    return [
        (int(r.time_ns) // S, r.operation, int(r.requested_mib), int(r.given_mib)) for r in rows.itertuples()
    ]


def test_a_guest_is_given_more_at_its_instant_and_keeps_it():
    result = run(host([guest("a", 1, IDLE, memory="1 GiB")], resized(5, "a", 1536)))
    sizes = held(result, "a")
    assert (sizes.loc[: 4 * S] == 1024).all()
    assert (sizes.loc[5 * S :] == 1536).all()
    assert operations(result, "a") == [(5, "add", 512, 512)]
    assert result["event"].result.tolist() == ["done"]


def test_no_more_is_added_than_is_free():
    guests = [guest("a", 1, IDLE, memory="1 GiB"), guest("b", 1, IDLE, memory="2 GiB")]
    free = 4096 - 1024 - 2048 - _root_mib(guests)
    result = run(host(guests, resized(5, "a", 4000)))
    assert operations(result, "a") == [(5, "add", 4000 - 1024, free)]
    assert held(result, "a")[10 * S] == 1024 + free
    assert result["event"].result.tolist() == ["in part"]


def _root_mib(guests):
    """What of 4 GiB a host keeps for its root."""
    result = run(host(guests, duration_s=1))
    return 4096 - 3072 - int(result["dynamic_memory_balancer"].available_memory_mib.iloc[-1])


def test_no_more_is_taken_than_is_unused():
    """Of 1,024 MiB 700 are committed: of the 512 that are asked for, 324 are taken, and the guest need not page."""
    guests = [guest("a", 1, IDLE, memory="1 GiB", memory_demand=constant(700))]
    result = run(host(guests, resized(5, "a", 512)))
    assert operations(result, "a") == [(5, "remove", 512, 324)]
    assert held(result, "a")[10 * S] == 700
    assert result["event"].result.tolist() == ["in part"]
    assert (result["guest"].pages_input == 0).all()


def test_what_is_taken_is_free_for_a_start():
    """Two guests of 2 GiB fit no host of 3 GiB; with one of them made smaller both do."""
    guests = [guest("a", 1, IDLE, memory="2 GiB"), guest("b", 1, IDLE, memory="2 GiB", start="6 s")]
    without, with_it = (
        run(host(guests, *events, memory_mib=3072)) for events in ([], [resized(5, "a", 1024)])
    )
    assert held(without, "b").get(10 * S, 0) == 0
    assert held(with_it, "b")[10 * S] == 2048


def test_a_guest_that_is_off_starts_with_its_new_memory_and_a_restart_keeps_it():
    guests = [guest("a", 1, IDLE, memory="1 GiB", start="4 s", restart="8 s")]
    result = run(host(guests, resized(2, "a", 512), resized(6, "a", 768)))
    sizes = held(result, "a")
    assert [sizes[at * S] for at in (4, 5, 6, 7, 8, 10)] == [512, 512, 768, 768, 768, 768]
    assert result["event"].result.tolist() == ["done", "done"]


def test_the_root_is_asked_to_map_and_to_unmap():
    """512 MiB are 256 mappings of 2 MiB, made in one call; so many are taken away."""
    costs = {"preset": "none", "map_gpa": "100 us", "unmap_gpa": "10 us"}
    runs = {
        size: run(host([guest("a", 1, IDLE, memory="1 GiB")], *events, costs=costs))
        for size, events in {0: [], 1536: [resized(5, "a", 1536)], 512: [resized(5, "a", 512)]}.items()
    }
    spent = {size: _of_root(result, 5) for size, result in runs.items()}
    assert spent[1536] > spent[0] and spent[512] > spent[0]  # noqa: PT018
    for result in runs.values():
        assert _of_root(result, 4) == _of_root(runs[0], 4)


def _of_root(result, at_s):
    root = result["root_virtual_processor"]
    return int(root[root.time_ns == at_s * S].hypervisor_run_ns.sum())


def test_no_step_changes_a_table():
    guests = [
        guest("a", 1, IDLE, memory="1 GiB", memory_demand=constant(300)),
        dynamic("d", 512, constant(900), maximum="3 GiB"),
    ]
    events = [resized(2.3, "a", 2048), resized(7.7, "a", 400)]
    one, other = (run(host(guests, *events, step=step)) for step in ("1 s", "70 ms"))
    for table, rows in one.tables.items():
        assert rows.equals(other[table]), table
    assert np.isin(["add", "remove"], [kind for _, kind, _, _ in operations(one, "a")]).all()


@pytest.mark.parametrize("page", ["4 KiB", "2 MiB"])
def test_frames_are_conserved(page):
    guests = [guest("a", 1, IDLE, memory="300 MiB"), guest("b", 1, IDLE, memory="200 MiB", stop="8 s")]
    events = [resized(2, "a", 500), resized(3, "b", 50), resized(4, "a", 100), resized(5, "b", 302)]
    result = run(host(guests, *events, memory_mib=1024, page=page))
    available = result["dynamic_memory_balancer"].set_index("time_ns").available_memory_mib
    total = available + held(result, "a") + held(result, "b").reindex(available.index, fill_value=0)
    assert total.nunique() == 1
    assert [kind for _, kind, _, _ in operations(result, "b")] == ["remove", "add"]
