"""`hvecs status`: how far a sweep has come, seen from outside."""

from dataclasses import asdict
from typing import Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import USAGE, Failure
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.sweep_files import store_at
from hvecs.cli.text import digits, listed, span

_WORDS: Final = {
    "error": "of an error of their own",
    "killed": "killed with their worker",
    "memory": "for want of memory",
    "interrupted": "interrupted",
}


@click.command("status")
@click.argument("place", metavar="DIR")
@json_option
@talk_options
def command(place: str, *, as_json: bool) -> None:
    """Say how far a sweep has come that runs elsewhere, or was stopped.

    DIR is the folder that the sweep writes to. Runs are counted once their batch is complete. Of files only the sizes are
    looked at; verify looks at all of them.
    """
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415 - pyarrow takes time to load
    from hvecs.sweeps.status import Status, status_of  # noqa: PLC0415

    def facts(status: Status) -> list[tuple[str, str]]:
        why = ", ".join(f"{count} {_WORDS.get(cause, cause)}" for cause, count in status.causes.items())
        failed = f", {status.failed} failed ({why})" if status.failed else ""
        found = [
            ("sweep", status.name),
            ("state", status.state),
            ("runs", f"{status.done} of {status.runs}{failed}; {status.points} points"),
            ("batches", f"{status.batches_done} of {status.batches}"),
        ]
        if status.damaged:
            found.append(
                ("damage", f"{status.damaged} files are missing or of another size; see hvecs verify")
            )
        if status.rate and status.left_s is not None:
            found.append(("rate", f"{digits(status.rate)} runs a second, {span(1e9 * status.left_s)} left"))
        return found

    try:
        status = status_of(store_at(place))
    except (ManifestError, OSError) as error:
        raise Failure(USAGE, str(error)) from error
    if as_json:
        print_json(asdict(status))
    else:
        print_answer(listed(facts(status)))
