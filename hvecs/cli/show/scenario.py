"""`hvecs show scenario`: every key of scenario files, or one scenario with every default filled in."""

import tomllib
from pathlib import Path

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import NO_CHANGES, Changes, change_options, json_option, talk_options
from hvecs.cli.scenarios import read_scenario
from hvecs.cli.text import listed
from hvecs.spec import resolved_toml
from hvecs.spec.reference import Key, scenario_keys


@click.command("scenario")
@click.argument("file", metavar="[SCENARIO]", required=False, type=click.Path(path_type=Path))
@change_options
@json_option
@talk_options
def command(file: Path | None, changes: Changes, *, as_json: bool) -> None:
    """Print the keys of scenario files, or a scenario in full.

    Without SCENARIO, every key with its default and meaning; with one, that scenario as it would be run, every default
    filled in.
    """
    if file is not None:
        resolved = resolved_toml(read_scenario(file, changes))
        if as_json:
            print_json(tomllib.loads(resolved))
        else:
            print_answer(resolved.rstrip("\n"))
        return
    if changes != NO_CHANGES:
        raise click.UsageError("options that change a scenario need one; name its file")
    keys = list(scenario_keys())
    if as_json:
        print_json({"keys": [key._asdict() for key in keys]})
    else:
        print_answer("\n".join(map(_as_text, keys)))


def _as_text(key: Key) -> str:
    default = {"": "", "required": "  required"}.get(key.default, f" = {key.default}")
    when = f"  where {key.when}" if key.when else ""
    entries = [("is", key.description), ("takes", key.type), ("but", key.status)]
    body = listed([(term, text) for term, text in entries if text], indent="    ")
    return f"{key.path}{default}{when}\n{body}"
