"""How tests make several hosts between which guests move: hosts alike, without costs, and a network of a known rate."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.simulation import Block, Result, S, ns, scenario

TCP: Block = {
    "option": "tcp",
    "transfer_cost": "0 s",
    "bandwidth": "1 GiB/s",
    "blackout": "0 s",
    "simultaneous": 2,
}


def cluster(  # noqa: PLR0913 - what tests vary
    duration_ns: float,
    guests: Sequence[Block],
    events: Sequence[Block] = (),
    *,
    hosts: Sequence[str] = ("a", "b"),
    lps: int = 2,
    own: Mapping[str, Block] | None = None,
    migration: Block | None = None,
    **more: Any,
) -> Block:
    """A scenario of several hosts; `own` has further keys of hosts by their names, `migration` those of their live migrations."""
    text = scenario(duration_ns, lps, guests, **more)
    host = text["host"] | {"live_migration": TCP | (migration or {})}
    text["host"] = [host | {"name": name} | (own or {}).get(name, {}) for name in hosts]
    return text | {"event": list(events)}


def migrate(at_ns: float, guest: str, to: str | None = None) -> Block:
    """An event that sends a guest to another host."""
    event = {"at": ns(at_ns), "action": "migrate", "partition": guest}
    return event if to is None else event | {"to": to}


def of_host(at_ns: float, action: str, host: str) -> Block:
    """An event that is an action of a host."""
    return {"at": ns(at_ns), "action": action, "host": host}


def closed_form(memory: int, rate: int, dirty: int, passes: int) -> tuple[int, int, list[int]]:
    """Time (ns) of the passes and of what is left, and the bytes of each pass, with whole bytes and each pass's end at a whole ns."""
    sizes, brownout = [memory], 0
    for _ in range(passes):
        time = -(-sizes[-1] * S // rate)
        brownout += time
        sizes.append(min(memory, dirty * time // S))
        if not sizes[-1]:
            break
    return brownout, -(-sizes[-1] * S // rate), sizes


def agrees_with_the_table_of_migrations(result: Result) -> None:
    """What the samples add up to is what the migrations have sent, and how long they took, guest by guest; all that left has come."""
    live, moves = result["live_migration"], result["migration"]
    moves = moves[moves.outcome != "restarted"]
    for name, own in live.groupby("partition"):
        of_guest = moves[moves.partition == name]
        source, target = own[own.role == "source"], own[own.role == "target"]
        assert source.bytes_read.sum() == of_guest.bytes_sent.sum()
        assert source.tcp_bytes_sent.sum() + source.smb_bytes_sent.sum() == of_guest.bytes_crossed.sum()
        for end in (source, target):
            assert end.brownout_ns.sum() == of_guest.brownout_ns.sum()
            assert end.blackout_ns.sum() == of_guest.blackout_ns.sum()
        for sent, received in (
            ("bytes_read", "bytes_written"),
            ("uncompressed_bytes_sent", "uncompressed_bytes_received"),
            ("compressed_bytes_sent", "compressed_bytes_received"),
            ("bytes_sent_for_compression", "bytes_decompressed"),
            ("tcp_bytes_sent", "tcp_bytes_received"),
        ):
            assert source[sent].tolist() == target[received].tolist()
    assert set(moves[moves.bytes_sent > 0].partition) == set(live[live.bytes_read > 0].partition)
