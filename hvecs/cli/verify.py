"""`hvecs verify`: the files of a run or a sweep against its manifest."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import DIFFERS, USAGE, Failure
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.sweep_files import store_at
from hvecs.cli.terminal import Terminal

if TYPE_CHECKING:
    from hvecs.sweeps.verification import Verdict

_MOST_LINES: Final = 1000
_MOST_NAMED: Final = 10


@click.command("verify")
@click.argument("place", metavar="DIR")
@click.option("--fast", is_flag=True, help="Look at sizes and footers only, not at hashes.")
@json_option
@talk_options
def command(place: str, *, fast: bool, as_json: bool) -> None:
    """Hold the files of a run or a sweep against its manifest.

    Of each file: it is there, with its size, SHA-256, rows and footer; and there is no other. What is wrong is printed, a
    line a file, and the exit code is 4. Of a sweep that is not complete, the batches that are made are looked at.
    """
    verdict = verified(place, fast=fast)
    faults = verdict.faults
    if as_json:
        print_json({**asdict(verdict), "place": place, "ok": not faults})
    else:
        lines = [f"{each.path}: {each.what}" for each in faults[:_MOST_LINES]]
        if len(faults) > _MOST_LINES:
            lines.append(f"and {len(faults) - _MOST_LINES} more")
        print_answer("\n".join(lines) if lines else _all_well(place, verdict))
    if faults:
        raise Failure(DIFFERS, f"{len(faults)} of the files in {place} are not as its manifest says")


def verified(place: str, *, fast: bool = False) -> "Verdict":
    """Look at all files of a run or a sweep.

    Raises:
        Failure: there is neither (exit code 2).
    """
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415 - pyarrow takes time to load
    from hvecs.sweeps.verification import verify  # noqa: PLC0415

    try:
        return verify(store_at(place), fast=fast)
    except (ManifestError, OSError) as error:
        raise Failure(USAGE, str(error)) from error


def refuse_damaged(place: str, terminal: Terminal) -> None:
    """Refuse a run or sweep of which a file is damaged; warn of files that are not its own.

    Raises:
        Failure: a file is not as the manifest says (exit code 4), or there is neither run nor sweep (2).
    """
    verdict = verified(place)
    if verdict.damaged:
        told = [f"{place}: {fault.path}: {fault.what}" for fault in verdict.damaged[:_MOST_NAMED]]
        raise Failure(
            DIFFERS,
            f"{len(verdict.damaged)} of the files in {place} are not as its manifest says; see hvecs verify",
            told,
        )
    for fault in verdict.foreign[:_MOST_NAMED]:
        terminal.warn(f"{place}: {fault.path}: {fault.what}; it is left out")


def _all_well(place: str, verdict: "Verdict") -> str:
    some = (
        "" if verdict.made == verdict.batches else f"; {verdict.made} of {verdict.batches} batches are made"
    )
    return f"{place}: {verdict.files} files are as the manifest says{some}"
