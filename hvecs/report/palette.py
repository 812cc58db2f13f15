"""How instances look, the same in every figure of a page: colours, strokes and hatches. It needs nothing that draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
_LINES: Final = ("-", "--", ":")
_HATCHES: Final = ("", "////", "....")


@dataclass(frozen=True)
class Style:
    """How an instance looks: its colour, and the stroke of its lines, or the hatch of its areas, where colours repeat."""

    colour: str
    line: str = "-"
    hatch: str = ""


STYLES: Final = tuple(
    Style(colour, line, hatch) for line, hatch in zip(_LINES, _HATCHES, strict=True) for colour in COLOURS
)


class Palette:
    """The styles of a page: a name looks the same in every figure; it gets its style where it is first drawn.

    Args:
        given: names and the colours that they are to have.
    """

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = {name: Style(colour) for name, colour in (given or {}).items()}

    def of(self, name: str) -> Style:
        """Give the style of a name: the first that no other has, while there are such."""
        if name not in self._given:
            taken = set(self._given.values())
            free = (style for style in STYLES if style not in taken)
            self._given[name] = next(free, STYLES[len(self._given) % len(STYLES)])
        return self._given[name]
