"""The page: one HTML file that needs nothing else, made from a template that escapes whatever a scenario names."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

from jinja2 import Environment, StrictUndefined

from hvecs.report.sections import Section

GENERATOR: Final = '<meta name="generator" content="hvecs '
"""What tells a page of ours from another file."""


@dataclass(frozen=True)
class Lead:
    """What stands first on a page: a verdict, or the figures that matter, in words and perhaps in a table."""

    title: str
    lines: tuple[str, ...]
    tone: Literal["good", "warn", "bad", "plain"] = "plain"
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Page:
    """What a page says."""

    title: str
    purpose: str
    facts: Sequence[str]
    lead: Sequence[Lead]
    sections: Sequence[Section]
    origin: Sequence[str]
    command: str
    version: str


def html(page: Page) -> str:
    """Write the page as HTML."""
    room = files("hvecs.report")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(room.joinpath("page.html.j2").read_text(encoding="utf-8"))
    # the drawings are made here, of escaped text; all else on the page is escaped by the template
    return template.render(vars(page), style=room.joinpath("style.css").read_text(encoding="utf-8"))
