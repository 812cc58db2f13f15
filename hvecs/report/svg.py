"""SVG as matplotlib writes it, made part of a page: small, without a fixed size, in the colours of the page."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

INK, GRID = "#010203", "#040506"
"""Stand-ins for the colours of the page's text and lines, which replace them in the SVG."""

Point = tuple[str, str]

_PATH: Final = re.compile(r'\bd="([^"]*)"')
_STEP: Final = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_NUMBER: Final = re.compile(r"(\d+\.\d)\d+")


def inline(svg: str, name: str, title: str) -> str:
    """Make a drawing part of a page: no prologue, no ids of its own, no fixed size, a title for those who do not see it."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{name}-\1"', svg)
    svg = re.sub(r'<svg [^>]*viewBox="([^"]*)"[^>]*>', _opening(name, title), svg, count=1)
    svg = svg.replace(INK, "var(--ink)").replace(GRID, "var(--line)")
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    svg = _PATH.sub(lambda found: f'd="{_path(found[1])}"', svg)
    svg = re.sub(r'\b(?:x|y|transform)="[^"]*"', lambda found: _NUMBER.sub(r"\1", found[0]), svg)
    return re.sub(r"\n\s*", "\n", svg)


def _opening(name: str, title: str) -> Callable[[re.Match[str]], str]:
    text = title.replace("&", "&amp;").replace("<", "&lt;")

    def opening(found: re.Match[str]) -> str:
        return (
            f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{found[1]}" role="img" '
            f'aria-labelledby="{name}-title"><title id="{name}-title">{text}</title>'
        )

    return opening


def _path(steps: str) -> str:
    """Write a path shorter: tenths of a point, and straight steps to the side or up and down as one coordinate each."""
    found = _STEP.findall(_NUMBER.sub(r"\1", steps))
    if {kind for kind, _ in found} <= {"M", "L", "z"}:
        return "".join(_straight(found))
    return " ".join(f"{kind}{' '.join(places.split())}" for kind, places in found)


def _straight(steps: list[tuple[str, str]]) -> Iterator[str]:
    """Give the parts of a path of straight lines, each begun by M and perhaps closed by z."""
    points: list[Point] = []
    for kind, places in steps:
        if kind != "L":
            yield _lines(points)
            points = []
        if kind == "z":
            yield "z"
        else:
            x, y = places.split()
            points.append((x, y))
    yield _lines(points)


def _lines(points: list[Point]) -> str:
    if not points:
        return ""
    kept = points[:1]
    for point in points[1:]:
        if len(kept) > 1 and _is_on_the_way(kept[-2], kept[-1], point):
            kept[-1] = point
        else:
            kept.append(point)
    text = f"M{kept[0][0]} {kept[0][1]}"
    for (x, y), (to_x, to_y) in pairwise(kept):
        text += f"V{to_y}" if x == to_x else f"H{to_x}" if y == to_y else f"L{to_x} {to_y}"
    return text


def _is_on_the_way(start: Point, middle: Point, end: Point) -> bool:
    """Say whether a point lies on a way straight to the side, or up and down, which can do without it."""
    for same, other in ((0, 1), (1, 0)):
        if start[same] == middle[same] == end[same]:
            there, on = float(middle[other]) - float(start[other]), float(end[other]) - float(middle[other])
            return there * on > 0 or on == 0
    return False
