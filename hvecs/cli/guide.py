"""`hvecs guide`: the chapters of the user guide, as they lie in the package."""

import os
import sys
from importlib.resources import files

import click

from hvecs.cli.answer import print_answer
from hvecs.cli.clean import as_it_is
from hvecs.cli.completion import completed_by
from hvecs.cli.failure import USAGE, Failure
from hvecs.cli.options import talk_options
from hvecs.cli.text import listed, width

_ENDING = ".md"


def read_chapters() -> dict[str, str]:
    """Give the text of every chapter by its name, in alphabetical order."""
    found = files("hvecs").joinpath("guide").iterdir()
    return {
        file.name.removesuffix(_ENDING): file.read_text(encoding="utf-8")
        for file in sorted(found, key=lambda file: file.name)
        if file.name.endswith(_ENDING)
    }


@click.command("guide")
@click.argument("topic", required=False, shell_complete=completed_by(read_chapters))
@talk_options
def command(topic: str | None) -> None:
    """Print a chapter of the user guide.

    Without TOPIC, list the chapters. On a terminal a chapter is set and shown page by page; elsewhere it is Markdown.
    """
    chapters = read_chapters()
    if topic is None:
        print_answer(listed([(name, _title(text)) for name, text in chapters.items()]))
    elif topic in chapters:
        _show(chapters[topic].rstrip("\n"))
    else:
        raise Failure(USAGE, f"no chapter {topic!r}; there are {', '.join(chapters)}")


def _show(chapter: str) -> None:
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        print_answer(chapter)
        return
    from rich.console import Console  # noqa: PLC0415 - rich is loaded for a terminal only
    from rich.markdown import Markdown  # noqa: PLC0415

    with as_it_is():
        console = Console(width=width())
        with console.pager(styles=True):
            console.print(Markdown(chapter))


def _title(chapter: str) -> str:
    return chapter.splitlines()[0].lstrip("# ")
