"""Profiles: what a guest's operating system does by itself, when it is idle and when it schedules its threads."""

from collections.abc import Mapping
from dataclasses import dataclass

from hvecs.spec.units import SECOND

_WINDOWS_DEVICES: Mapping[str, int] = {
    "disk": 1,
    "cd": 1,
    "video": 1,
    "parallel": 1,
    "network": 2,
    "serial": 2,
    "mailslot": 2,
    "named-pipe": 2,
    "keyboard": 6,
    "mouse": 6,
    "sound": 8,
    "other": 0,
}
DEVICE_CLASSES = tuple(_WINDOWS_DEVICES)
"""Classes of devices, by which a Windows driver raises the thread whose I/O it completes [WDM; KMDF]."""


@dataclass(frozen=True)
class Profile:
    """An operating system: its defaults for the keys of [partition.guest], as written in a file, and how it raises woken threads.

    `devices`, `event` and `timer` are priorities that a thread gains when its I/O, the lock it was parked for, or its sleep is over.
    With `protects`, what runs keeps its VP until its slice is over. `boot_ns` is how long the system boots, and `boot_cpu_pct` the share of that
    for which it computes; not published, parameters. With `keeps_balloon_floor` its balloon leaves it some memory [LNX-BAL].
    """

    keys: Mapping[str, object]
    devices: Mapping[str, int]
    event: int = 0
    timer: int = 0
    protects: bool = False
    boot_ns: int = 0
    boot_cpu_pct: float = 0.0
    keeps_balloon_floor: bool = False


_WINDOWS: Mapping[str, object] = {
    "quantum": "187500 us",
    "long_spin": "notify",
    "tick": "15625 us",
    "one_shot_ticks": False,
    "idle_wakes": "20 /s",
    "wake_accesses": 10,
}
"""A quantum of a server is 12 clock intervals of 15.625 ms [ASK, W32-MT]; an idle Windows skips ticks.

An idle guest of two VPs was seen to exit 360 to 2,389 times a second [glslang/windbg-mcp]. How these come about is not published: 20
wake-ups a second of each VP with 12 exits each, HLT and the arming of the next timer among them, make 480.
"""
_LINUX: Mapping[str, object] = {
    "quantum": "4 ms",
    "long_spin": "halt",
    "tick": "4 ms",
    "one_shot_ticks": True,
    "idle_wakes": "25 /s",
    "wake_accesses": 0,
}
"""A base slice of 0.7 to 2.8 ms [EEV] ends at the next tick: 4 ms at 250 Hz [EEV-ML]. Idle: 20 to 30 timer interrupts/s a CPU [WSL-6982]."""

PROFILES: Mapping[str, Profile] = {
    "windows-server-2022": Profile(_WINDOWS, _WINDOWS_DEVICES, event=1, boot_ns=25 * SECOND, boot_cpu_pct=40),
    "windows-server-2012r2": Profile(
        {**_WINDOWS, "idle_wakes": "64 /s"}, _WINDOWS_DEVICES, event=1, boot_ns=30 * SECOND, boot_cpu_pct=40
    ),
    "linux": Profile(
        _LINUX,
        dict.fromkeys(DEVICE_CLASSES, 1),
        event=1,
        timer=1,
        protects=True,
        boot_ns=10 * SECOND,
        boot_cpu_pct=30,
        keeps_balloon_floor=True,
    ),
    "none": Profile(
        {
            "quantum": "30 ms",
            "long_spin": "notify",
            "tick": "15625 us",
            "one_shot_ticks": False,
            "idle_wakes": "0 /s",
            "wake_accesses": 0,
        },
        _WINDOWS_DEVICES,
    ),
}
"""The profiles by name. Increments of Windows [WDM: devices 0 to 8, an event 1, a timer 0]; Linux raises nobody, but what has slept is
owed time and comes before what has run its slice [EEV]."""

DEFAULT_PROFILE = "windows-server-2022"

ROOT_PROFILES: Mapping[str, Mapping[str, object]] = {
    "windows-server-2022": {
        "idle_wakes": "740 /s",
        "wake_hypercalls": 1,
        "wake_accesses": 2,
        "wakes_per_hlt": 5,
        "wakes_per_interrupt": 7,
    },
    "none": {
        "idle_wakes": "0 /s",
        "wake_hypercalls": 0,
        "wake_accesses": 0,
        "wakes_per_hlt": 1,
        "wakes_per_interrupt": 1,
    },
}
"""What a root that is little used does on each LP that is idle: a sixteenth of what a root of 16 LPs was seen to do in a second: 10 to 16 k
dispatches, 11.8 k hypercalls, 24.7 k MSR accesses, 37 to 39 k intercepts in all, 1.7 k synthetic interrupts [WSL-6982]."""


def with_root_profile(given: object) -> object:
    """Fill in the keys of the [root] table, as written in a file, that its profile decides; an unknown one is refused later."""
    if not isinstance(given, dict):
        return given
    chosen = given.get("profile", DEFAULT_PROFILE)
    return {
        **ROOT_PROFILES.get(chosen if isinstance(chosen, str) else "none", ROOT_PROFILES["none"]),
        **given,
    }


def with_profile(given: object) -> object:
    """Fill in the keys of a [partition.guest] table, as written in a file, that its profile decides; an unknown one is refused later."""
    if not isinstance(given, dict):
        return given
    chosen = given.get("profile", DEFAULT_PROFILE)
    profile = PROFILES.get(chosen, PROFILES["none"]) if isinstance(chosen, str) else PROFILES["none"]
    return {**profile.keys, **given}
