"""`hvecs new`: a commented scenario to start from."""

from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from hvecs.cli.answer import print_answer
from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.options import talk_options
from hvecs.spec.kinds import Wrong
from hvecs.spec.scenario import Run
from hvecs.spec.table import kind_of

TEMPLATE: Final = "new.toml"
_NAME: Final = "NAME"
_ENDING: Final = ".toml"


@click.command("new")
@click.argument("name", metavar="NAME")
@talk_options
def command(name: str) -> None:
    """Write NAME.toml, a commented scenario to start from.

    A file that exists is never replaced.
    """
    file = Path(name.removesuffix(_ENDING) + _ENDING)
    check_name(file.stem)
    write_new(file, template(file.stem))
    print_answer(str(file))


def write_new(file: Path, text: str) -> None:
    """Write a file that does not exist yet.

    Raises:
        Failure: it exists (exit code 2), or cannot be written (1).
    """
    try:
        with file.open("x", encoding="utf-8") as new:
            try:
                new.write(text)
                new.flush()
            except OSError:
                file.unlink()
                raise
    except FileExistsError as error:
        raise Failure(USAGE, f"{file} exists already; it is left as it is") from error
    except OSError as error:
        raise Failure(FAILED, f"cannot write {file}: {error.strerror}") from error


def template(name: str) -> str:
    """Give the text of a new scenario of this name."""
    return files("hvecs.cli").joinpath(TEMPLATE).read_text(encoding="utf-8").replace(_NAME, name)


def check_name(name: str) -> None:
    """Refuse a name that no scenario can have."""
    kind = kind_of(Run.model_fields["name"])
    assert kind is not None  # noqa: S101 - a name is a text
    try:
        kind.read(name)
    except Wrong as wrong:
        raise Failure(USAGE, f"{name}: {wrong}") from wrong
