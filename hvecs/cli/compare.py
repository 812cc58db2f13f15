"""`hvecs compare`: two sweeps, or two runs, side by side."""

from typing import TYPE_CHECKING, Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import DIFFERS, USAGE, Failure
from hvecs.cli.options import json_option, pass_terminal, talk_options
from hvecs.cli.sweep_files import store_at
from hvecs.cli.terminal import Terminal
from hvecs.cli.verify import refuse_damaged
from hvecs.spec.kinds import Wrong
from hvecs.spec.sweep_points import value_text
from hvecs.spec.units import Percent

if TYPE_CHECKING:
    from hvecs.sweeps.comparison import Comparison, Difference
    from hvecs.sweeps.results import Results

_MOST_NAMED: Final = 10


@click.command("compare")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--fail-on",
    metavar="PERCENT",
    help='Exit with 4 if an outcome differs by more than this share of A, such as "2 %", beyond chance.',
)
@json_option
@talk_options
@pass_terminal
def command(terminal: Terminal, a: str, b: str, fail_on: str | None, *, as_json: bool) -> None:
    """Compare two sweeps, or two runs: every outcome that both have, and the difference B - A.

    A run beside a capture (see import perfmon) has the outcomes of a capture: run times as percentages, and waits.

    Points are matched by their parameters. Runs with the same seeds are paired; the interval of a difference is at
    95 %. That of two single runs rests on their batch means; where there are none, --fail-on takes the difference as it is.
    Runs and sweeps are verified first; captures are not. A file that is damaged ends the comparison with 4.
    """
    from hvecs.cli.sweep_text import comparison_data, comparison_text  # noqa: PLC0415 - pyarrow takes time
    from hvecs.sweeps.comparison import compare  # noqa: PLC0415

    share = None if fail_on is None else share_of(fail_on, "--fail-on")
    comparison = compare(*read_pair(a, b, terminal))
    refuse_nothing(comparison, a, b)
    if as_json:
        print_json(comparison_data(comparison, share))
    else:
        print_answer(comparison_text(comparison, (a, b)))
    for text in comparison.only:
        terminal.warn(text)
    if share is None:
        return
    beyond = [each for each in comparison.differences if each.exceeds(share)]
    for each in beyond[:_MOST_NAMED]:
        at = ", ".join(f"{path} = {value_text(value)}" for path, value in each.labels.items())
        terminal.fail(f"{each.outcome} {_how_much(each)}" + (f" at {at}" if at else ""))
    if beyond:
        raise Failure(
            DIFFERS, f"{len(beyond)} of {len(comparison.differences)} outcomes differ beyond {fail_on}"
        )


def refuse_nothing(comparison: "Comparison", a: str, b: str) -> None:
    """Refuse to compare what has nothing in common."""
    if not comparison.differences:
        raise Failure(USAGE, f"{a} and {b} have no point and outcome in common", comparison.only)


def _how_much(each: "Difference") -> str:
    if each.relative is None:
        return f"is in {'A' if each.a.n else 'B'} only"
    return f"differs by {100 * each.relative:+.2f} %"


def share_of(text: str, option: str) -> float:
    """Read a percentage as a share of 1."""
    try:
        return Percent(high=1e6).read(text) / 100
    except Wrong as wrong:
        raise click.BadParameter(str(wrong), param_hint=option) from wrong


def read_pair(a: str, b: str, terminal: Terminal) -> "tuple[Results, Results]":
    """Read both, verified; a run beside a capture has the outcomes of a capture."""
    from hvecs.output.capture import is_capture  # noqa: PLC0415
    from hvecs.output.errors import Damaged  # noqa: PLC0415
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415
    from hvecs.sweeps.single_results import any_results, capture_results, run_results  # noqa: PLC0415

    try:
        stores = store_at(a), store_at(b)
        captures = [store.folder for store in stores if store.folder is not None and is_capture(store.folder)]
        for place, store in zip((a, b), stores, strict=True):
            if store.folder not in captures:
                refuse_damaged(place, terminal)
        if not captures:
            return any_results(stores[0]), any_results(stores[1])
        left, right = (
            capture_results(store) if store.folder in captures else run_results(store, shares=True)
            for store in stores
        )
    except Damaged as error:
        raise Failure(DIFFERS, str(error)) from error
    except (ManifestError, OSError) as error:
        raise Failure(USAGE, str(error)) from error
    return left, right
