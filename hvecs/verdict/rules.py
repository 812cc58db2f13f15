"""The rules of the verdict: one entry each, with its limits, where they come from, and what to do.

Sources: PAL = clinthuffman/PAL, HyperV30.xml (PAL08: HyperV.xml); WSD = windowsserverdocs, detecting virtualized environment bottlenecks
(memory: memory performance); NE-CPU, NE-MEM = N. Eales, Hyper-V performance; BA = B. Armstrong; Spotlight = the alarm on CPU Wait Time Per
Dispatch of Quest's monitor; CPBD = computerperformancebydesign.com. WSD and PAL differ on few limits; where they do, the entry says whose it is.
"""

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["note", "warning", "critical"]
Beyond = Literal["above", "below"]

SATURATED: Final = "saturated"
MEMORY_SHORT: Final = "memory short"
OVER_COMMITTED: Final = "over-committed"
UNDER_PROVISIONED: Final = "guest under-provisioned"
PARTLY: Final = "partly overloaded"
EFFICIENT: Final = "efficiently provisioned"
OVER_PROVISIONED: Final = "over-provisioned"
VERDICTS: Final = (
    SATURATED,
    MEMORY_SHORT,
    OVER_COMMITTED,
    UNDER_PROVISIONED,
    PARTLY,
    EFFICIENT,
    OVER_PROVISIONED,
)
"""Every verdict, the gravest first; the last two are of a host on which nothing is short, the one before of a host on which something is critical all the same."""


@dataclass(frozen=True, slots=True)
class Limit:
    """From which value on a figure counts; `note` is the limit of a rule that only notes. None: not at this severity.

    An `optional` limit counts only where its figure is known.
    """

    figure: str
    beyond: Beyond = "above"
    note: float | None = None
    warning: float | None = None
    critical: float | None = None
    optional: bool = False

    def at(self, severity: Severity) -> float | None:
        """Give the limit at a severity."""
        return {"note": self.note, "warning": self.warning, "critical": self.critical}[severity]

    def is_exceeded(self, value: float, severity: Severity) -> bool:
        """Tell whether a value lies beyond the limit at a severity."""
        limit = self.at(severity)
        if limit is None:
            return False
        return value > limit if self.beyond == "above" else value < limit


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: it holds for a subject whose figures lie beyond all its limits.

    `says` is the sentence of a finding, with {name} for the subject, {limit} for the limit of the first figure, and figures by name.
    `verdict` is what follows once it holds at the severity `decides`. `unless` is a rule that says the same of the same subject, or of the
    whole host, and more; where that holds, this one is left out.
    """

    name: str
    limits: tuple[Limit, ...]
    source: str
    says: str
    advice: str
    verdict: str = ""
    decides: Severity = "critical"
    unless: str = ""


LEAST_WANTED_PCT: Final = 1
"""For so much of its VPs' time at least a guest wants an LP that is not idle: nobody suffers from the microsecond of each of a few wakings."""
_WANTS_LPS: Final = Limit("wanted", warning=LEAST_WANTED_PCT, critical=LEAST_WANTED_PCT, optional=True)

ABSENT: Final = Rule(
    "not-started",
    (),
    "hvecs: a guest that did not start has no counters",
    "{name} did not start, as its memory was not to be had",
    "Move guests away, or give it or the others less memory: hvecs check says how much was to be had.",
    MEMORY_SHORT,
)
"""The rule of guests that no counter knows: it holds for those that the run names."""

LEFT_OFF: Final = Rule(
    "not-restarted",
    (),
    "hvecs: a guest that is off has no counters",
    "{name} was not restarted after its host failed, as its memory was not to be had",
    "Leave as much memory free on the other hosts as the guests of the largest take: the run's warnings say how much was to be had.",
    MEMORY_SHORT,
)
"""That of guests whose host has failed."""

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "saturated",
        (Limit("completed", "below", critical=98), Limit("excess", critical=1)),
        "hvecs: a guest that keeps up completes what arrives",
        "{name} did not keep up: in-system grows by {growth}; response times depend on the duration",
        "Its response times are not those of a steady state. Lower the rate, or give it more processor time: more VPs where each "
        "is busy, a higher cap, fewer guests beside it; where they are not, look at its volume, its NIC, or the tiers that it calls.",
        SATURATED,
    ),
    Rule(
        "requests-lost",
        (Limit("lost", warning=1, critical=5),),
        "hvecs: a service that answers 95 of 100 is down for its users",
        "{name} lost {lost} of its requests, which failed or were dropped (above {limit})",
        "See failed, dropped, rejected and timed_out in its table: guests that are off, queues and rings that are full, time-outs; what is short there is what to give.",
    ),
    Rule(
        "host-memory-short",
        (
            Limit("pressure", critical=100),
            Limit("available", "below", critical=2048),
            Limit("buffer_pressure", critical=0),
        ),
        "BA, NE-MEM",
        "guests want more memory than the host has: {available} are available, and the pressure of {name} is {pressure} (above {limit})",
        "Move guests away; minimums, buffers and static memory of the others are where memory could come from.",
        OVER_COMMITTED,
    ),
    Rule(
        "memory-short",
        (Limit("pressure", critical=100),),
        "BA, NE-MEM",
        "{name} wants more memory than it has: pressure {pressure} (above {limit})",
        "Raise its maximum, or its memory where that is static, if memory is available; else move guests away, or lower what others keep by minimum and buffer.",
        MEMORY_SHORT,
    ),
    Rule(
        "paging",
        (Limit("paging", warning=10),),
        "WSD",
        "{name} pages: {paging} pages a second are read back from disk (above {limit}), {worst_paging} in the worst minute",
        "Give the guest more memory; its threads wait for the disk.",
        MEMORY_SHORT,
        "warning",
    ),
    Rule(
        "memory-available",
        (Limit("available", "below", warning=2048), Limit("balanced", warning=0)),
        "NE-MEM",
        "only {available} of memory are available to guests with Dynamic Memory (below {limit})",
        "The next guest may not start, and none can grow: move guests away, or lower maximums.",
        unless="host-memory-short",
    ),
    Rule(
        "memory-buffer",
        (Limit("buffer_pressure", warning=85),),
        "NE-MEM: 85 with the default buffer of 20 %, which at rest gives 83.3",
        "{name} does not have the buffer that it should: its pressure is {buffer_pressure} as with a buffer of 20 % (above {limit})",
        "At rest a guest has its demand and its buffer; where it has less, the host is short or the guest at its maximum.",
        unless="memory-short",
    ),
    Rule(
        "host-busy",
        (Limit("lps_busy", warning=75, critical=90),),
        "warning PAL, critical WSD",
        "the host's LPs are {lps_busy} busy (above {limit})",
        "Move guests away, or take less for each: the host has little processor time to spare.",
        OVER_COMMITTED,
    ),
    Rule(
        "host-contended",
        (Limit("wait_of_all", critical=100_000), Limit("lps_busy", critical=75)),
        "Spotlight, PAL",
        "the LPs are {lps_busy} busy and VPs wait {wait_of_all} for each dispatch (above {limit})",
        "More VPs want to run than there are LPs, often enough to be felt: move guests away or give them fewer VPs.",
        OVER_COMMITTED,
        unless="host-busy",
    ),
    Rule(
        "lp-busy",
        (Limit("lp_busy", warning=75, critical=90),),
        "PAL",
        "{name} is {lp_busy} busy (above {limit})",
        "Look at affinities, CPU groups and the root's interrupts: work is not spread over the LPs.",
        unless="host-busy",
    ),
    Rule(
        "context-switches",
        (Limit("lp_switches", warning=20_000),),
        "PAL, NE-CPU: in 5 minutes",
        "{name} switches between VPs {lp_switches} times a second (above {limit})",
        "Many short dispatches: look for guests that wake often, and for I/O without batching.",
    ),
    Rule(
        "guest-under-provisioned",
        (Limit("least_vp", critical=90), Limit("queue_per_vp", critical=3)),
        "WSD (every VP above 90 %), CPBD (queue above 3 for each VP)",
        "{name} has too little processor time: each VP is at least {least_vp} busy or held back by a cap, and {queue_per_vp} threads queue for each",
        "Give it more VPs, or a higher cap where that holds it back, if the LPs are not busy; else the host first.",
        UNDER_PROVISIONED,
    ),
    Rule(
        "vp-busy",
        (Limit("vp_guest_run", warning=75, critical=90),),
        "PAL",
        "{name} runs guest code {vp_guest_run} of the time (above {limit})",
        "If all VPs of the guest are so busy, add VPs; if some are, spread its load over them.",
        unless="guest-under-provisioned",
    ),
    Rule(
        "wait-per-dispatch",
        (Limit("guest_wait", warning=60_000, critical=100_000), _WANTS_LPS),
        "Spotlight; hvecs: an idle guest's few waits cost nobody anything",
        "the VPs of {name} wait {guest_wait} for each dispatch (above {limit})",
        "The LPs are short for it: a higher weight, a reserve, caps on others, or fewer VPs on the host.",
    ),
    Rule(
        "held-by-cap",
        (Limit("cap_share", warning=10, critical=50), _WANTS_LPS),
        "hvecs: half the time that it wants, or a tenth",
        "the cap of {name} holds it back {cap_share} of the time it wants an LP (above {limit})",
        "That is what a cap is for; where it is not meant, raise it, or that of its CPU group.",
    ),
    Rule(
        "root-share",
        (Limit("root_share", warning=5),),
        "NE-CPU: in 5 minutes",
        "the root uses {root_share} of its VPs (above {limit})",
        "The root should only work for guests: look for services and backups on the host, and at I/O of guests.",
    ),
    Rule(
        "root-vp-busy",
        (Limit("root_vp_busy", critical=90),),
        "WSD",
        "{name} runs {root_vp_busy} of the time (above {limit})",
        "Interrupts of one device land on one root VP: spread them (VMQ, RSS).",
    ),
    Rule(
        "remote-memory",
        (Limit("remote_pages", warning=100),),
        "PAL08, NE-MEM",
        "{name} has {remote_pages} of its memory on other NUMA nodes than its own (above {limit})",
        "Make the guest smaller than a node, or give it virtual NUMA.",
    ),
    Rule(
        "host-over-provisioned",
        (Limit("lps_worst_minute", "below", note=40), Limit("available_share", note=40, optional=True)),
        "CPBD",
        "even in the busiest minute the LPs are only {lps_worst_minute} busy (below {limit})",
        "The host has room for more guests.",
        OVER_PROVISIONED,
        "note",
    ),
)
