"""Figures as inline SVG: drawn by matplotlib, coloured by the page, so that light, dark and print use the same drawing."""

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from hvecs.report.series import shortened
from hvecs.report.svg import GRID, INK, inline

_STYLE: Final[dict[Any, Any]] = {
    "text.parse_math": False,
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.4,
    "figure.constrained_layout.use": True,
}
_FEW_POWERS: Final = 300
"""Up to this ratio of greatest to least there is room for three numbers a power of ten."""
_FEW_OF_A_POWER: Final = 5
"""Below this ratio there may be but one of 1, 2 and 5 between them, or none."""
WIDTH: Final = 5.4
"""Inches: at the width of a phone, the letters can still be read."""
FIGURE_HEIGHT: Final = 2.9
"""Inches, without a legend of several lines."""
_LETTER, _HANDLE, _LEGEND_LINE = 0.075, 0.5, 0.19
"""Inches of a legend: a letter of 9 points, what stands before each name, and a line."""
_MOST_COLUMNS: Final = 3

Plot = Callable[[Axes], None]
"""Draws on the axes of one figure."""


@dataclass(frozen=True)
class Drawing:
    """One figure: what it shows in a line, what to know of it, and the drawing."""

    title: str
    caption: str
    svg: str


_PART: ContextVar[str] = ContextVar("part", default="")


@contextmanager
def part_of_page(name: str) -> Iterator[None]:
    """Within it, figures are of a part of the page, such as one of several hosts, that has figures of the same names as others."""
    token = _PART.set(f"{_PART.get()}{name}-")
    try:
        yield
    finally:
        _PART.reset(token)


_TIME: ContextVar[str] = ContextVar("time", default="time")


@contextmanager
def time_named(name: str) -> Iterator[None]:
    """Within it, axes of time have that name."""
    token = _TIME.set(name)
    try:
        yield
    finally:
        _TIME.reset(token)


def draw(name: str, title: str, caption: str, plot: Plot, height: float = FIGURE_HEIGHT) -> Drawing:
    """Draw one figure by `plot`; `name` is unique on its part of the page and tells its ids apart."""
    name = _PART.get() + name
    with mpl.rc_context(_STYLE | {"svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH, height))
        FigureCanvasSVG(figure)
        file = io.StringIO()
        # Letters are measured with a font that need not have them, and drawn by the browser with one that has.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)
            plot(figure.subplots())
            figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Drawing(title, caption, inline(file.getvalue(), name, title))


def legend(axes: Axes, columns: int = 3) -> None:
    """Put the legend below the drawing, where it hides nothing."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=columns, handlelength=1.2)


def tall_legend(axes: Axes) -> None:
    """Put the legend below a drawing of any height, in as many columns as its names leave room for."""
    handles, names = axes.get_legend_handles_labels()
    labels = [_cut(name) for name in names]
    axes.figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=_columns(labels),
        handlelength=1.2,
    )


def legend_height(labels: Sequence[str]) -> float:
    """Give the room (inches) that a legend takes beyond its first line."""
    lines = -(-len(labels) // _columns([_cut(label) for label in labels]))
    return max(lines - 1, 0) * _LEGEND_LINE


def _columns(labels: Sequence[str]) -> int:
    widest = max(map(len, labels), default=0)
    return max(1, min(_MOST_COLUMNS, int(WIDTH / (_HANDLE + _LETTER * widest))))


def _cut(label: str) -> str:
    """Give a name that fits in the width of the figure."""
    return shortened(label, int((WIDTH - _HANDLE) / _LETTER))


def time_axis(axes: Axes, end_s: float) -> float:
    """Label the axis of time, and give the seconds of its unit."""
    unit, seconds = next(
        (u, s) for u, s in (("h", 3600.0), ("min", 60.0), ("s", 1.0)) if end_s >= 3 * s or s == 1
    )
    axes.set_xlabel(f"{_TIME.get()}, {unit}")
    axes.set_xlim(0, end_s / seconds)
    return seconds


def quantities(axis: Any, *, whole: bool = False) -> None:
    """Write few, short numbers along an axis, whole ones only where others mean nothing."""
    axis.set_major_locator(MaxNLocator(5, integer=whole))
    axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.6g}"))


def logarithmic(axis: Any, low: float, high: float) -> None:
    """Scale an axis that reaches from `low` to `high`, both above zero, by powers; a number at each, or at 1, 2 and 5, or, within less, at even steps."""
    subs = (1.0, 2.0, 5.0) if high / low <= _FEW_POWERS else (1.0,)
    (axis.axes.set_yscale if axis.axis_name == "y" else axis.axes.set_xscale)("log")
    within = high / low < _FEW_OF_A_POWER
    axis.set_major_locator(MaxNLocator(5) if within else LogLocator(subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.6g}"))
    axis.set_minor_formatter(NullFormatter())
