"""`hvecs run --live`: a run while it goes on, drawn on a terminal, a line every 10 % elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hvecs.cli.clean import one_line, raw_stderr
from hvecs.cli.glance import Glance, GuestNow
from hvecs.cli.terminal import Progress, Terminal, is_terminal
from hvecs.cli.text import digits, shortened, span
from hvecs.cli.verdict_text import verdict_data, verdict_text
from hvecs.output.timestamps import Sink
from hvecs.spec import Scenario

_EVERY_S: Final = 0.25
_VERDICT_EVERY_S: Final = 2.0
_MOST_BARS: Final = 32
_MOST_GUESTS: Final = 12
_VERDICT_LINES: Final = 6
_STEPS: Final = " ▁▂▃▄▅▆▇█"
_BAR: Final = 10
_NAME: Final = 20


@dataclass
class View:
    """What a run is seen by: `over` gives the sink that sees its rows, `progress` is told its time, `wanted` says if rows are."""

    over: Callable[[Sink], Sink]
    progress: Progress
    wanted: Callable[[int, int], bool]


@contextmanager
def live(scenario: Scenario, terminal: Terminal) -> Iterator[View]:
    """Show a run of `scenario` until the block ends, also where it is interrupted; the last state is gone then."""
    glance = Glance(scenario)
    if not is_terminal():
        lines = _Lines(glance, terminal)
        yield View(glance.over, lines.progress, lines.is_due)
        return
    console = Console(file=raw_stderr())
    with Live(
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as shown:
        picture = _Picture(glance, shown)
        yield View(glance.over, picture.progress, picture.is_due)


class _Picture:
    """Draws the state of a run four times a second, and judges it every two seconds."""

    def __init__(self, glance: Glance, shown: Live) -> None:
        self._glance, self._shown, self._speed = glance, shown, _Speed()
        self._drawn = self._judged = 0.0
        self._verdict = ""

    def is_due(self, now_ns: int, end_ns: int) -> bool:
        """Say whether the next picture is due; the end of a run always is."""
        return now_ns >= end_ns or perf_counter() - self._drawn >= _EVERY_S

    def progress(self, now_ns: int, end_ns: int) -> None:
        """Draw the state at a simulated time, if a picture is due."""
        if not self.is_due(now_ns, end_ns):
            return
        self._drawn = perf_counter()
        if self._drawn - self._judged >= _VERDICT_EVERY_S:
            self._judged = self._drawn
            self._verdict = "\n".join(_verdict(self._glance).splitlines()[:_VERDICT_LINES])
        times = self._speed.times(now_ns, end_ns)
        self._shown.update(
            Group(Text(times), _lps(self._glance.lps()), _guests(self._glance.guests()), Text(self._verdict)),
            refresh=True,
        )


class _Lines:
    """Writes a line whenever another 10 % are simulated."""

    def __init__(self, glance: Glance, terminal: Terminal) -> None:
        self._glance, self._terminal, self._speed = glance, terminal, _Speed()
        self._told = 0

    def is_due(self, now_ns: int, end_ns: int) -> bool:
        """Say whether the next line is due."""
        return 10 * now_ns // end_ns > self._told

    def progress(self, now_ns: int, end_ns: int) -> None:
        """Tell of the state at a simulated time, if that is another 10 %."""
        times = self._speed.times(now_ns, end_ns)
        if not self.is_due(now_ns, end_ns):
            return
        self._told = tenths = 10 * now_ns // end_ns
        busy = [pct for _, pct in self._glance.lps()]
        parts = [f"{10 * tenths:3d} %, {times}"]
        parts += [f"LPs {sum(busy) / len(busy):.0f} % busy"] if busy else []
        guests = [each for each in self._glance.guests() if each.ready_pct]
        if guests:
            most = max(guests, key=lambda each: each.ready_pct)
            parts.append(f"{one_line(most.name)} waits {most.ready_pct:.0f} %")
        parts.append(f"so far {self._glance.verdict().verdict or 'not judged'}")
        self._terminal.say("; ".join(parts))


class _Speed:
    """How fast simulated time goes, from the first time that is told: loading and compiling do not count."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def times(self, now_ns: int, end_ns: int) -> str:
        """Write how far a run has come, and how fast it is."""
        first_ns, first_s = self._first = self._first or (now_ns, perf_counter())
        elapsed_s = perf_counter() - first_s
        speed = digits((now_ns - first_ns) / 1e9 / elapsed_s) if elapsed_s > 0 and now_ns > first_ns else ""
        return f"{span(now_ns)} of {span(end_ns)} simulated" + (
            f", {speed} times as fast as the clock" if speed else ""
        )


def _verdict(glance: Glance) -> str:
    return verdict_text(verdict_data(glance.verdict())).replace("verdict:", "so far:", 1)


def _lps(lps: list[tuple[int, float]]) -> Columns | Text:
    """Draw a bar for each LP; of many LPs, a character each."""
    if len(lps) > _MOST_BARS:
        return Text("LPs  " + "".join(_STEPS[_tenths(pct, len(_STEPS) - 1)] for _, pct in lps))
    width = max((len(str(lp)) for lp, _ in lps), default=1)
    return Columns([Text(f"LP {lp:>{width}} {_bar(pct)} {pct:3.0f} %") for lp, pct in lps])


def _bar(pct: float) -> str:
    full = _tenths(pct, _BAR)
    return "█" * full + "░" * (_BAR - full)


def _tenths(pct: float, most: int) -> int:
    return min(most, max(0, round(most * pct / 100)))


def _guests(guests: list[GuestNow]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("% of VP time")
    for title in ("run", "waits", "in system", "95 %", "pressure"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in guests[:_MOST_GUESTS]:
        table.add_row(
            Text(shortened(one_line(each.name), _NAME)),
            f"{each.run_pct:.0f}",
            f"{each.ready_pct:.0f}",
            "-" if each.in_system is None else str(each.in_system),
            span(each.response_p95_ns),
            "-" if each.pressure_pct is None else f"{each.pressure_pct:.0f} %",
        )
    if len(guests) > _MOST_GUESTS:
        table.caption = f"and {len(guests) - _MOST_GUESTS} more"
    return table
