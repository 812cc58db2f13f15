from typing import NamedTuple

from hvecs.spec.units import TIB


class Limits(NamedTuple):
    """What a Windows Server version supports; None where no figure is published [WSD maximum-scale-limits.md]."""

    vps_per_guest: int
    guest_memory_bytes: int
    logical_processors: int
    host_memory_bytes: int | None
    root_vps: int | None = None


LIMITS = {
    "ws2012r2": Limits(64, TIB, 320, 4 * TIB),
    "ws2016": Limits(240, 12 * TIB, 512, 24 * TIB, 320),
    "ws2019": Limits(240, 12 * TIB, 512, 24 * TIB, 320),
    "ws2022": Limits(1024, 240 * TIB, 1024, None),
    "ws2025": Limits(2048, 240 * TIB, 2048, 4096 * TIB, 2048),
}

BEFORE_CORE = ("ws2012r2", "ws2016")
"""The versions that schedule by LP unless told otherwise; later ones by core where the host has SMT [WSD scheduler types]."""

BEFORE_STATIC_COUNTERS = ("ws2012r2",)
"""The versions whose counters of Dynamic Memory leave out guests with static memory [WE: pull request 971]."""

BEFORE_RESIZE = ("ws2012r2",)
"""The versions on which static memory is changed only while the guest is off [SAV 123]."""

RUNNING_GUESTS = 1024
"""Running VMs per host, the same for every version [WSD maximum-scale-limits.md]."""

VPS_IN_USE = 2048
"""Guest VPs in use per host, the same for every version [WSD maximum-scale-limits.md]."""

BEFORE_STORAGE_MINIMUM = ("ws2012r2",)
"""The versions on which a minimum of I/Os only notifies [WSD-ST]; later ones honour it, and share fairly without one [SQOS]."""
