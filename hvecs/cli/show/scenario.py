"""`hvecs show scenario`: every key of scenario files, or one scenario with every default filled in."""

import tomllib
from pathlib import Path

import click
import tomli_w

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.completion import completed_by, scenario_paths
from hvecs.cli.failure import USAGE, Failure
from hvecs.cli.options import (
    NO_CHANGES,
    Changes,
    change_options,
    json_option,
    scenario_file,
    talk_options,
)
from hvecs.cli.scenarios import read_scenario
from hvecs.cli.show.keys import key_text
from hvecs.spec import resolved_toml
from hvecs.spec.excerpt import excerpt
from hvecs.spec.problems import did_you_mean, show
from hvecs.spec.reference import keys_like, scenario_keys


@click.command("scenario")
@click.argument(
    "given", metavar="[SCENARIO | KEY]", required=False, shell_complete=completed_by(scenario_paths)
)
@click.argument("part", metavar="[KEY]", required=False, shell_complete=completed_by(scenario_paths))
@change_options
@json_option
@talk_options
def command(given: str | None, part: str | None, changes: Changes, *, as_json: bool) -> None:
    """Print the keys of scenario files, or a scenario in full.

    Every key with its default and meaning, or those whose path holds KEY ("processor.weight", "memory"); with a SCENARIO,
    that scenario as it would be run, every default filled in; with both, what it has below the paths that hold KEY, which may be the
    name of a guest ("web", "partition.web.processor").
    """
    keys = [] if given is None or part is not None else keys_like(given)
    file = None if given is None else scenario_file(Path(given))
    if file is not None and (file.exists() or not keys):
        _print_scenario(file, part, changes, as_json=as_json)
        return
    if changes != NO_CHANGES:
        raise click.UsageError("options that change a scenario need one; name its file")
    keys = keys or list(scenario_keys())
    if as_json:
        print_json({"keys": [key._asdict() for key in keys]})
    else:
        print_answer("\n".join(map(key_text, keys)))


def _print_scenario(file: Path, part: str | None, changes: Changes, *, as_json: bool) -> None:
    """Print a scenario with every default filled in, or the part of it below the paths that hold `part`."""
    if not file.exists() and file.suffix != ".toml":
        near = did_you_mean(str(file), [key.path.rpartition(".")[2] for key in scenario_keys()])
        raise Failure(USAGE, f"there is neither a file nor a key {show(str(file))}{near}")
    resolved = resolved_toml(read_scenario(file, changes))
    if part is not None:
        resolved = tomli_w.dumps(excerpt(tomllib.loads(resolved), part))
        if not resolved:
            raise Failure(USAGE, f"{file} has no path that holds {show(part)}")
    if as_json:
        print_json(tomllib.loads(resolved))
    else:
        print_answer(resolved.rstrip("\n"), as_it_is=True)
