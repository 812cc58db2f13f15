"""What the reserves of the guests that are on come to: on a host, which a start is held against, and in a CPU group, of whose cap they are paid."""

from systems.kernels.jit import part, small
from systems.state.tables import Tables


@part
def fits(w: Tables, partition: int) -> bool:
    """Tell whether the reserve of `partition` fits beside those of the guests that are on [TLFS2 18.2: at most the LPs]."""
    reserve = reserve_of(w, partition)
    return reserve == 0 or has_room_for(w, w.layouts[partition].host, reserve)


@small
def has_room_for(w: Tables, host: int, reserve_ns: int) -> bool:
    """Tell whether `reserve_ns` more in a period fit beside what is reserved on `host`; each reserve may have been rounded up."""
    state = w.host_states[host]
    room = w.hosts[host].lps * w.parameters[host].cap_period_ns + state.reserving
    return bool(state.reserved_ns + reserve_ns <= room)


@part
def change_reserved(w: Tables, partition: int, sign: int) -> None:
    """Count the reserve of `partition`, which starts (1) or stops (-1)."""
    change_reserved_on(w, w.layouts[partition].host, partition, sign)


@part
def change_reserved_on(w: Tables, host: int, partition: int, sign: int) -> None:
    """Count the reserve of `partition` on `host`, to which it comes (1) or which it leaves (-1)."""
    add_reserved(w, host, partition, sign * reserve_of(w, partition))


@part
def add_reserved(w: Tables, host: int, partition: int, reserve_ns: int) -> None:
    """Count `reserve_ns` more as reserved by `partition`, on `host` and in the group of `partition`."""
    w.host_states[host].reserved_ns += reserve_ns
    group = w.vp_controls[w.layouts[partition].first_vp].cpu_group
    if group >= 0:
        w.cpu_groups[group].reserved_ns += reserve_ns


@small
def reserve_of(w: Tables, partition: int) -> int:
    """Return the reserve (ns in a period) of all VPs of `partition` together."""
    layout = w.layouts[partition]
    return layout.vps * w.vp_controls[layout.first_vp].reserve_ns
