"""A shared NIC by hand: links, rings, the root's work for packets, answers, and guests that are turned off with messages under way."""

import pytest

from tests.devices import adapter, on_nic
from tests.simulation import MS, US, S, exponential, fixed, run

NO_SIZE = {"request_size": "0 B", "response_size": "0 B"}
FREE_PACKETS = {"packet_cost": "0 s", "bandwidth": "100 Gbit/s"}


def response_ns(found):
    return found["request"].response_mean_ns.item()


def test_a_request_crosses_link_ring_and_guest_and_its_answer_goes_back():
    """1 Gbit/s: 1,000 B take 8 us, 3,000 B take 24 us. Root: 1 + 3 us for one packet in, 1 + 2 x 3 us for two out. Guest: 1 us. 44 us in all."""
    block = adapter("a", fixed(MS), request_size="1000 B", response_size="3000 B")
    nic = {"bandwidth": "1 Gbit/s", "packet": "1500 B", "packet_cost": "3 us"}
    found = run(on_nic(10 * MS, [block], nic))
    assert response_ns(found) == 44 * US
    row = found["virtual_network_adapter"].iloc[0]
    assert (row.packets_received, row.bytes_received) == (9, 9_000)
    assert (row.packets_sent, row.bytes_sent) == (18, 27_000)
    assert found["root_virtual_processor"].guest_run_ns.sum() == 9 * 11 * US


def test_without_an_answer_the_request_is_complete_in_its_guest():
    block = adapter("a", fixed(MS), request_size="1000 B", response_size="0 B")
    found = run(on_nic(10 * MS, [block], {"bandwidth": "1 Gbit/s", "packet_cost": "0 s"}))
    assert response_ns(found) == (8 + 1 + 1) * US
    assert found["virtual_switch"].packets_sent.item() == 0


def test_guests_share_the_link_and_directions_do_not():
    """Two requests of 125,000 B at one instant at 1 Gbit/s: 1 ms and 2 ms; the answers go the other way meanwhile."""
    blocks = [
        adapter(name, fixed(10 * MS), request_size="125000 B", response_size="0 B", work=fixed(1))
        for name in "ab"
    ]
    found = run(on_nic(15 * MS, blocks, {"bandwidth": "1 Gbit/s", "packet_cost": "0 s"}))
    assert found["request"].response_mean_ns.tolist() == [MS + US + 1, 2 * MS + US + 1]


def test_a_link_transfers_its_bandwidth_and_not_a_byte_more():
    """5.6 Mbit/s are 7 requests of 1 B in 10 us; the first comes after 1 us, and one a us after that: 6,999 in 10 ms."""
    block = adapter("a", fixed(US), request_size="1 B", response_size="0 B", ring=1_000_000)
    found = run(on_nic(10 * MS, [block], {"bandwidth": "5.6 Mbit/s", "packet_cost": "0 s"}))
    assert found["virtual_switch"].packets_arrived.item() == (10 * MS - US) * 7 // (10 * US)


def crowded(vmq, **nic):
    """Four guests with 4,000 requests a second each, for which the root works 100 us: 1.6 VPs of work."""
    blocks = [adapter(f"g{n}", fixed(250 * US), work=fixed(100 * US), **NO_SIZE) for n in range(4)]
    return run(on_nic(S / 5, blocks, FREE_PACKETS | {"vmq": vmq} | nic, sample="100 ms"))


def test_without_vmq_root_vp_0_takes_all_and_what_it_cannot_take_is_dropped():
    """It takes 1,000 in 100 ms of 1,600; 512 wait, and nothing else does."""
    found = crowded(vmq=False)
    busy = found["root_virtual_processor"].groupby("vp").guest_run_ns.sum()
    assert busy.tolist()[1:] == [0, 0, 0]
    assert busy[0] == pytest.approx(200 * MS, rel=0.01)
    switch = found["virtual_switch"]
    assert switch.packets_received.tolist() == pytest.approx([1000, 1000], abs=5)
    assert switch.in_ring.tolist() == pytest.approx([512, 512], abs=4)
    assert switch.dropped_incoming.iloc[1] == pytest.approx(600, abs=5)
    assert found["request"].dropped.sum() == switch.dropped_incoming.sum()


def test_with_vmq_the_work_is_spread():
    found = crowded(vmq=True)
    busy = found["root_virtual_processor"].groupby("vp").guest_run_ns.sum()
    assert busy.tolist() == pytest.approx([80 * MS] * 4, rel=0.01)
    assert found["virtual_switch"].dropped_incoming.sum() == 0


@pytest.mark.parametrize("load", [1.0, 2.0])
def test_a_ring_is_a_queue_of_bounded_length(load):
    """M/M/1/K, K = 10: of a load of 1 a share of 1/11 is lost; the throughput at 2 is 0.999511 of the rate."""
    gap = 2 * 100 * US / load
    blocks = [adapter(name, exponential(gap), work=exponential(100 * US), **NO_SIZE) for name in "ab"]
    found = run(on_nic(2 * S, blocks, FREE_PACKETS | {"vmq": False, "ring": 10}))
    share = 10 / 11 if load == 1 else 0.999511 / 2
    switch = found["virtual_switch"]
    assert switch.packets_received.item() / switch.packets_arrived.item() == pytest.approx(share, rel=0.02)


def test_a_message_that_does_not_fit_is_dropped_whole():
    """Rings hold 4 packets: requests of 5 never come through, those of 4 do."""
    blocks = [adapter(f"p{n}", fixed(MS), request_size=f"{1500 * n} B", response_size="0 B") for n in (4, 5)]
    found = run(on_nic(10 * MS, blocks, FREE_PACKETS | {"ring": 4}))["virtual_network_adapter"]
    assert found.packets_received.tolist() == [36, 0]
    assert found.dropped_incoming.tolist() == [0, 45]
    assert found.bytes_dropped.tolist() == [0, 9 * 7500]


def test_the_ring_of_the_guest_bounds_what_it_has_not_begun():
    """A guest that needs 1 us for each and is paused: 8 wait for it, the others are dropped."""
    text = on_nic(20 * MS, [adapter("a", fixed(MS), ring=8, **NO_SIZE)], FREE_PACKETS)
    text["event"] = [{"at": "500 us", "action": "pause", "partition": "a"}]
    found = run(text)
    assert found["request"].dropped.item() == 20 - 8
    assert found["request"].in_system.item() == 8


def test_a_guest_that_is_turned_off_loses_what_is_under_way_and_no_more():
    """A link of 10 ms a request and ten of them: those of the guest that is off are dropped when they have crossed it."""
    blocks = [
        adapter("stops", fixed(MS), request_size="125000 B", stop="10.5 ms"),
        adapter("stays", fixed(100 * MS), request_size="125000 B", response_size="0 B"),
    ]
    found = run(
        on_nic(250 * MS, blocks, {"bandwidth": "100 Mbit/s", "packet_cost": "0 s", "packet": "256 KiB"})
    )
    request, row = found["request"], found["virtual_network_adapter"]
    assert request.arrivals.tolist() == [10, 2]
    assert request.failed.tolist() == [10, 0]
    assert row.packets_arrived.tolist() == [10, 2]
    assert row.dropped_incoming.tolist() == [10, 0]
    assert request.completions.tolist()[1] == 2


def test_a_request_keeps_its_place_until_its_answer_has_left():
    """One place, answers of 1 ms on the link: one request a ms, though the guest needs 1 us for each."""
    block = adapter("a", fixed(MS / 2), request_size="0 B", response_size="125000 B")
    block["workload"] |= {"threads": 1}
    found = run(on_nic(20 * MS, [block], {"bandwidth": "1 Gbit/s", "packet_cost": "0 s"}))
    assert found["request"].completions.item() == 19
    assert found["virtual_network_adapter"].answers_outstanding.item() == 1


def test_what_is_lost_on_its_way_leaves_nothing_to_those_who_use_its_row_next():
    """Requests that were still to be answered when their guest was turned off; then others, of a guest without a NIC, that are not."""
    stops = adapter("stops", fixed(MS), request_size="0 B", service=fixed(100 * MS), stop="10.5 ms")
    other = adapter("other", fixed(MS / 4), network=False, start="11 ms")
    found = run(on_nic(40 * MS, [stops, other], FREE_PACKETS))
    assert found["request"].failed.tolist() == [10, 0]
    assert found["request"].completions.tolist() == [0, 115]
    assert found["virtual_switch"].packets_sent.item() == 0
