"""`hvecs sensitivity`: which costs move elapsed time, response time and CPU wait on typical hosts."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.options import json_option, pass_terminal, talk_options
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import aligned

_WIDE: Final = 120

if TYPE_CHECKING:
    from hvecs.agreement.sensitivity import Effect


@click.command("sensitivity")
@click.argument("hosts", metavar="[HOST]...", nargs=-1)
@click.option(
    "--trajectories",
    type=click.IntRange(2, 1000),
    default=6,
    show_default=True,
    help="How often each group of costs is moved; more make narrower intervals.",
)
@json_option
@talk_options
@pass_terminal
def command(terminal: Terminal, hosts: tuple[str, ...], *, trajectories: int, as_json: bool) -> None:
    """Say which costs move elapsed time, response time and CPU wait.

    On three typical hosts, light, consolidated and crowded, or the HOSTs named. Costs of one group go through their range together (hvecs
    guide sensitivity); printed is by how many % that moves an outcome, in the mean over what the other costs may be, and half of the width of its
    95 % interval. It takes the packages of the extra sensitivity, and some hundred runs.
    """
    if find_spec("SALib") is None:
        raise Failure(FAILED, "SALib is missing; pip install 'hvecs[sensitivity]'")
    from hvecs.agreement.sensitivity import HOSTS, effects  # noqa: PLC0415 - the kernels take time to load

    for name in hosts:
        if name not in HOSTS:
            raise Failure(USAGE, f"no typical host {name!r}; there are {', '.join(HOSTS)}")
    found: list[Effect] = []
    for name in [each for each in HOSTS if not hosts or each in hosts]:
        terminal.say(f"host {name}")
        with terminal.progress(runs=True) as progress:
            found += effects(name, trajectories, progress)
    if as_json:
        print_json({"effects": [vars(each) for each in found]})
    else:
        print_answer(effects_text(found))


def effects_text(found: "list[Effect]") -> str:
    """Write effects as one table: a row a group, a column a host and outcome, the largest first."""
    columns = list(dict.fromkeys((each.host, each.outcome) for each in found))
    cells = {(each.group, each.host, each.outcome): each for each in found}
    largest = {each.group: 0.0 for each in found}
    for each in found:
        largest[each.group] = max(largest[each.group], each.change_pct)
    rows = [["% moved by", *(host for host, _ in columns)], ["", *(outcome for _, outcome in columns)]]
    for group in sorted(largest, key=lambda name: -largest[name]):
        row = [cells[group, host, outcome] for host, outcome in columns]
        rows.append([group, *(f"{each.change_pct:.1f} ± {each.error_pct:.1f}" for each in row)])
    return aligned(rows, right=range(1, len(columns) + 1), most=max(_WIDE, 20 * len(columns)))
