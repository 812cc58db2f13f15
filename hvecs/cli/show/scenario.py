"""`hvecs show scenario`: every key of scenario files, or one scenario with every default filled in."""

import tomllib
from pathlib import Path

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.completion import completed_by, scenario_paths
from hvecs.cli.options import (
    NO_CHANGES,
    Changes,
    change_options,
    json_option,
    scenario_file,
    talk_options,
)
from hvecs.cli.scenarios import read_scenario
from hvecs.cli.text import listed
from hvecs.spec import resolved_toml
from hvecs.spec.reference import BY, REQUIRED, Key, scenario_keys


@click.command("scenario")
@click.argument(
    "given", metavar="[SCENARIO | KEY]", required=False, shell_complete=completed_by(scenario_paths)
)
@change_options
@json_option
@talk_options
def command(given: str | None, changes: Changes, *, as_json: bool) -> None:
    """Print the keys of scenario files, or a scenario in full.

    Every key with its default and meaning, or those whose path holds KEY ("processor.weight", "memory"); with a SCENARIO,
    that scenario as it would be run, every default filled in.
    """
    keys = [] if given is None else [key for key in scenario_keys() if given in key.path]
    file = None if given is None else scenario_file(Path(given))
    if file is not None and (file.exists() or not keys):
        resolved = resolved_toml(read_scenario(file, changes))
        if as_json:
            print_json(tomllib.loads(resolved))
        else:
            print_answer(resolved.rstrip("\n"), as_it_is=True)
        return
    if changes != NO_CHANGES:
        raise click.UsageError("options that change a scenario need one; name its file")
    keys = keys or list(scenario_keys())
    if as_json:
        print_json({"keys": [key._asdict() for key in keys]})
    else:
        print_answer("\n".join(map(_as_text, keys)))


def _as_text(key: Key) -> str:
    words = {"": "", REQUIRED: "  required"} | {word: f"  {word}" for word in BY.values()}
    default = words.get(key.default, f" = {key.default}")
    when = f"  where {key.when}" if key.when else ""
    entries = [("is", key.description), ("takes", key.type), ("but", key.status)]
    body = listed([(term, text) for term, text in entries if text], indent="    ")
    return f"{key.path}{default}{when}\n{body}"
