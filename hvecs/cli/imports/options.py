"""What the commands of `hvecs import` have in common: the files, and what becomes of their faults."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hvecs.cli.failure import FAILED, INVALID, USAGE, Failure
from hvecs.cli.scenarios import unreadable
from hvecs.cli.signals import Interrupted
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import counted

if TYPE_CHECKING:
    from hvecs.interop.faults import Skipped

_TEXT: Final = (".csv", ".tsv")
"""How names of logs in text form end."""
_WORTH_TELLING: Final = 64 << 20


def files_of(given: Sequence[Path], endings: Sequence[str]) -> list[Path]:
    """Give the files that are named; of a folder, those with one of the endings.

    Raises:
        Failure: a folder has none, or a file is named twice (exit code 2).
    """
    found: list[Path] = []
    for path in given:
        try:
            inside = (
                sorted(each for each in path.iterdir() if each.suffix.lower() in endings)
                if path.is_dir()
                else [path]
            )
        except OSError as error:
            raise Failure(USAGE, unreadable(path, error)) from error
        if not inside:
            raise Failure(USAGE, f"{path} holds no file that ends in {' or '.join(endings)}")
        found += inside
    twice = next((path for path in found if found.count(path) > 1), None)
    if twice is not None:
        raise Failure(USAGE, f"{twice} is named twice")
    return found


def logs_of(given: Sequence[Path], terminal: Terminal) -> list[Path]:
    """Give the performance logs that are named, and those in text form of a folder; its binary ones are told, with the command that converts them.

    Raises:
        Failure: a folder has none in text form, or a file is named twice (exit code 2).
    """
    for folder in (path for path in given if path.is_dir()):
        _tell_binary(folder, terminal)
    return files_of(given, _TEXT)


def _tell_binary(folder: Path, terminal: Terminal) -> None:
    """Say which logs of a folder are binary. Raises Failure (exit code 2) where it has no others."""
    from hvecs.interop.log_text import BINARY, conversion  # noqa: PLC0415 - few commands read logs

    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        raise Failure(USAGE, unreadable(folder, error)) from error
    binary = [each for each in files if each.suffix.lower() == BINARY]
    if not binary:
        return
    converts = f"{conversion(binary[0])} converts {'it' if len(binary) == 1 else 'the first'}"
    told = f"{counted(len(binary), 'binary log')}: {converts}"
    if not any(each.suffix.lower() in _TEXT for each in files):
        raise Failure(USAGE, f"{folder} holds no log in text form, but {told}")
    terminal.say(f"left out of {folder}: {told}")


@contextmanager
def reading(out: Path) -> Iterator[None]:
    """Turn what goes wrong with files of others, and with the place `out`, into an end of the command."""
    from hvecs.interop.faults import BadFile  # noqa: PLC0415 - pyarrow takes time
    from hvecs.output.errors import NotOurs, OutputError  # noqa: PLC0415

    try:
        yield
    except BadFile as bad:
        raise Failure(INVALID, problems=[str(bad.problem)]) from bad
    except NotOurs as error:
        raise Failure(USAGE, str(error)) from error
    except OutputError as error:
        raise Failure(FAILED, str(error)) from error
    except Interrupted as stop:
        raise Interrupted(stop.number, f"; {out} is as it was") from None
    except OSError as error:
        raise Failure(USAGE, unreadable(Path(error.filename or out), error)) from error


def read_progress(terminal: Terminal) -> Callable[[int, int], None]:
    """Tell of every tenth of the bytes that are read."""
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        tenths = 10 * done // max(1, total)
        if tenths > told and total > _WORTH_TELLING:
            told = tenths
            terminal.say(f"{10 * tenths:3d} % of {total >> 20} MiB read")

    return progress


def tell_skipped(skipped: "Skipped", terminal: Terminal) -> None:
    """Say what was left out, and where it was first."""
    for reason, count in skipped.counts.items():
        terminal.say(f"left out: {count} x {reason}; first at {skipped.first[reason]}")
