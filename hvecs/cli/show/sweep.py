"""`hvecs show sweep`: every key of sweep files."""

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import USAGE, Failure
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.show.keys import key_text
from hvecs.spec.problems import did_you_mean, show
from hvecs.spec.reference import sweep_keys


@click.command("sweep")
@click.argument("part", metavar="[KEY]", required=False)
@json_option
@talk_options
def command(part: str | None, *, as_json: bool) -> None:
    """Print the keys of sweep files.

    Every key with its default and meaning, or those whose path holds KEY ("axis", "outcome.aggregate").
    """
    every = list(sweep_keys())
    keys = [key for key in every if part is None or part in key.path]
    if not keys:
        near = did_you_mean(str(part), [key.path for key in every])
        raise Failure(USAGE, f"sweep files have no key {show(str(part))}{near}")
    if as_json:
        print_json({"keys": [key._asdict() for key in keys]})
    else:
        print_answer("\n".join(map(key_text, keys)))
