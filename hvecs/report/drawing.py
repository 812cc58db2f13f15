"""Figures as inline SVG: drawn by matplotlib, coloured by the page, so that light, dark and print use the same drawing."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

COLOURS: Final = ("#4878cf", "#d65f5f", "#c79a2b", "#3f9e74", "#956cb4", "#8c613c", "#d075b5", "#7f7f7f")
"""Told apart by people who see colours differently, and on white as on black."""
GUEST, HYPERVISOR, ROOT, READY, CAPPED, IDLE = (
    "#4878cf",
    "#d65f5f",
    "#956cb4",
    "#c79a2b",
    "#8c613c",
    "#b4b4b4",
)
_INK, _GRID = "#010203", "#040506"
"""Stand-ins for the colours of the page's text and lines, which replace them in the SVG."""

_STYLE: Final[dict[Any, Any]] = {
    "text.parse_math": False,
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.4,
    "figure.constrained_layout.use": True,
}
_FEW_POWERS: Final = 300
"""Up to this ratio of greatest to least there is room for three numbers a power of ten."""
WIDTH: Final = 5.4
"""Inches: at the width of a phone, the letters can still be read."""


Plot = Callable[[Axes], None]
"""Draws on the axes of one figure."""


@dataclass(frozen=True)
class Drawing:
    """One figure: what it shows in a line, what to know of it, and the drawing."""

    title: str
    caption: str
    svg: str


def draw(name: str, title: str, caption: str, plot: Plot, height: float = 2.9) -> Drawing:
    """Draw one figure by `plot`; `name` is unique on the page and tells its ids apart."""
    with mpl.rc_context(_STYLE | {"svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH, height))
        FigureCanvasSVG(figure)
        plot(figure.subplots())
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Drawing(title, caption, _inline(file.getvalue(), name, title))


def legend(axes: Axes, columns: int = 3) -> None:
    """Put the legend below the drawing, where it hides nothing."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=columns, handlelength=1.2)


def time_axis(axes: Axes, end_s: float) -> float:
    """Label the axis of time, and give the seconds of its unit."""
    unit, seconds = next(
        (u, s) for u, s in (("h", 3600.0), ("min", 60.0), ("s", 1.0)) if end_s >= 3 * s or s == 1
    )
    axes.set_xlabel(f"simulated time, {unit}")
    axes.set_xlim(0, end_s / seconds)
    return seconds


def quantities(axis: Any, *, whole: bool = False) -> None:
    """Write few, short numbers along an axis, whole ones only where others mean nothing."""
    axis.set_major_locator(MaxNLocator(5, integer=whole))
    axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.6g}"))


def logarithmic(axis: Any, low: float, high: float) -> None:
    """Scale an axis that reaches from `low` to `high`, both above zero, by powers; a number at each, or at 1, 2 and 5."""
    subs = (1.0, 2.0, 5.0) if high / low <= _FEW_POWERS else (1.0,)
    (axis.axes.set_yscale if axis.axis_name == "y" else axis.axes.set_xscale)("log")
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.6g}"))
    axis.set_minor_formatter(NullFormatter())


def _inline(svg: str, name: str, title: str) -> str:
    """Make a drawing part of a page: no prologue, no ids of its own, no fixed size, a title for those who do not see it."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{name}-\1"', svg)
    svg = re.sub(r'<svg [^>]*viewBox="([^"]*)"[^>]*>', _opening(name, title), svg, count=1)
    svg = svg.replace(_INK, "var(--ink)").replace(_GRID, "var(--line)")
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    svg = re.sub(
        r'\b(?:d|x|y|transform)="[^"]*"', lambda found: re.sub(r"(\d+\.\d)\d+", r"\1", found[0]), svg
    )
    return re.sub(r"\n\s*", "\n", svg)


def _opening(name: str, title: str) -> Callable[[re.Match[str]], str]:
    text = title.replace("&", "&amp;").replace("<", "&lt;")

    def opening(found: re.Match[str]) -> str:
        return (
            f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{found[1]}" role="img" '
            f'aria-labelledby="{name}-title"><title id="{name}-title">{text}</title>'
        )

    return opening
