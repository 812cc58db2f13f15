"""How tests describe tiers, and what holds for all of them."""

from typing import Any

from tests.simulation import IDLE, Block, Result, guest, scenario

PARTS = (
    "balancer_ns",
    "retry_ns",
    "queue_ns",
    "ready_ns",
    "native_ns",
    "hypervisor_ns",
    "lost_ns",
    "io_ns",
    "calls_ns",
)


def tier(name: str, guests: list[str], service: Block, **more: Any) -> Block:
    """A [[tier]]; `rate` or `arrivals`, `policy`, `calls` and the like may be added."""
    return {"name": name, "guests": guests, "service": service, **more}


def server(name: str, vps: int = 1, **more: Any) -> Block:
    """A guest that does nothing but what tiers send to it."""
    return guest(name, vps, IDLE, **more)


def tiered(duration_ns: float, lps: int, guests: list[Block], tiers: list[Block], **more: Any) -> Block:
    """A scenario with tiers; `event` and `network` may be added."""
    arrays = {key: more.pop(key) for key in ("event", "network") if key in more}
    return scenario(duration_ns, lps, guests, **more) | {"tier": tiers} | arrays


def of_tier(result: Result, name: str) -> Any:
    """The rows of a tier."""
    rows = result["tier"]
    return rows[rows.tier == name].reset_index(drop=True)


def every_request_is_accounted_for(result: Result) -> None:
    """At each sample: arrivals = completions + failed + in system, and the parts of response times sum to them to the nanosecond."""
    for _, rows in result["tier"].groupby("tier"):
        counted = rows.arrivals.cumsum() - rows.completions.cumsum() - rows.failed.cumsum()
        assert counted.tolist() == rows.in_system.tolist()
        assert (rows.waiting <= rows.in_system).all()
        assert (rows.rejected <= rows.failed).all()
        assert rows[list(PARTS)].sum(axis=1).tolist() == rows.response_ns.tolist()
        assert (rows[list(PARTS)] >= 0).all().all()
