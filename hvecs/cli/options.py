"""The options that several commands have in common."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from hvecs.cli.completion import completed_by, settings
from hvecs.cli.failure import INVALID, Failure
from hvecs.cli.terminal import Terminal
from hvecs.user_code import leave

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

DEFAULT_OUT: Final = Path("runs/out")
"""The results of a scenario go to a folder of its name below this one."""
DURATION: Final = "scenario.duration"
START: Final = "scenario.start_time"
_MOST_SEED: Final = 2**63 - 1

pass_terminal = click.make_pass_decorator(Terminal, ensure=True)


def talk_options(command: _Decorated) -> _Decorated:
    """Add -q and -v, which concern what is said on stderr."""
    quiet = _switch("-q", "--quiet", "quiet", "Say nothing but warnings and errors.")
    verbose = _switch("-v", "--verbose", "verbose", "Say more, and show where an internal error happened.")
    return quiet(verbose(command))


def json_option(command: _Decorated) -> _Decorated:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")(
        command
    )


@dataclass(frozen=True)
class Changes:
    """What the options change in a scenario: settings in the order in which they hold; those of --duration are last.

    Of a sweep, `axes` and `replications` are what the options add.
    """

    sets: tuple[str, ...] = ()
    duration: str | None = None
    seed: int | None = None
    start: str | None = None
    axes: tuple[str, ...] = ()
    replications: int | None = None

    @property
    def settings(self) -> tuple[str, ...]:
        """All changes as `path=value`."""
        named = [("scenario.seed", self.seed), (START, self.start), (DURATION, self.duration)]
        return (*self.sets, *(f"{path}={value}" for path, value in named if value is not None))

    @property
    def without_seed(self) -> "Changes":
        """The changes that hold for every point of a sweep: the seed is that of the sweep itself."""
        return replace(self, seed=None)


NO_CHANGES: Final = Changes()


def change_options(command: _Decorated) -> _Decorated:
    """Add --seed, --duration and --set, which change a scenario; the command gets them as one value, `changes`."""
    return _changes(command, "Seed of every random stream.")


def sweep_change_options(command: _Decorated) -> _Decorated:
    """Add the same for a sweep: --seed is that of the sweep, the others hold for every point; --axis and --replications too."""

    @wraps(command)
    def with_axes(
        *args: Any, changes: Changes, axes: tuple[str, ...], replications: int | None, **kwargs: Any
    ) -> Any:
        for text in axes:
            _check_text("--axis", text)
        return command(*args, changes=replace(changes, axes=axes, replications=replications), **kwargs)

    changed = _changes(with_axes, "What the seeds of all runs are derived from.")
    return cast("_Decorated", _AXIS_OPTION(_REPLICATIONS_OPTION(changed)))


def _changes(command: _Decorated, seed_help: str) -> _Decorated:
    @wraps(command)
    def changed(
        *args: Any,
        sets: tuple[str, ...],
        duration: str | None,
        seed: int | None,
        start: str | None,
        **kwargs: Any,
    ) -> Any:
        texts = (("--duration", duration or ""), ("--start", start or ""))
        for option, text in (*(("--set", each) for each in sets), *texts):
            _check_text(option, text)
        return command(*args, changes=Changes(sets, duration, seed, start), **kwargs)

    seed_option = click.option("--seed", type=click.IntRange(0, _MOST_SEED), metavar="N", help=seed_help)
    for option in (_SET_OPTION, _START_OPTION, _DURATION_OPTION, seed_option):
        changed = option(changed)
    return cast("_Decorated", changed)


def code_option(command: _Decorated) -> _Decorated:
    """Add --allow-code, for a command that executes what a scenario names: nothing else opens the gate."""

    @wraps(command)
    def allowed(*args: Any, allow_code: bool, **kwargs: Any) -> Any:
        with leave(allow_code):
            return command(*args, **kwargs)

    text = "Execute the scheduling policy and the systems of your own that the scenario names."
    return cast("_Decorated", click.option("--allow-code", is_flag=True, help=text)(allowed))


def yes_option(command: _Decorated) -> _Decorated:
    """Add --yes; the command gets it as `yes`."""
    text = "Run also what is estimated to be beyond this machine's memory, disk or a day's time."
    return click.option("--yes", is_flag=True, help=text)(command)


def _check_text(option: str, text: str) -> None:
    """Refuse bytes that are no text: they could not be written down as part of the scenario."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Failure(INVALID, problems=[f"{option} {text}: not UTF-8 text"]) from None


_DURATION_OPTION = click.option("--duration", metavar="TIME", help='Simulated time, such as "10 min".')
_START_OPTION = click.option(
    "--start", metavar="TIME", help='What simulated time 0 is on the wall, such as "2026-11-25T08:00:00Z".'
)
_SET_OPTION = click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="PATH=VALUE",
    shell_complete=completed_by(settings),
    help="Change a key of the scenario; repeatable.",
)


_AXIS_OPTION = click.option(
    "--axis",
    "axes",
    multiple=True,
    metavar="PATH=VALUES",
    help='Sweep a scenario without a sweep file: "partition.web.processor.weight=50,100", or LOW..HIGH; repeatable.',
)
_REPLICATIONS_OPTION = click.option(
    "--replications", type=click.IntRange(1, 100_000), metavar="N", help="Runs of each point."
)


def scenario_argument(command: _Decorated) -> _Decorated:
    """Add the argument SCENARIO, the path of a scenario file; the command gets it as `file`."""
    return click.argument("file", metavar="SCENARIO", type=TOML_FILE)(command)


def scenario_file(file: Path) -> Path:
    """Give `file`, or with the ending .toml where only that exists: `hvecs run mine` finds mine.toml."""
    with_ending = Path(f"{file}.toml")
    try:
        return with_ending if not file.exists() and with_ending.is_file() else file
    except (OSError, ValueError):  # no name that a file can have; reading it will say so
        return file


class _TomlFile(click.Path):
    """A path whose ending .toml may be left out."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path of the file that is there."""
        return scenario_file(Path(str(super().convert(value, param, ctx))))


TOML_FILE: Final = _TomlFile()


def _switch(short: str, long: str, attribute: str, help_text: str) -> Callable[[_Decorated], _Decorated]:
    def turn(ctx: click.Context, _parameter: click.Parameter, on: bool) -> None:
        if on:
            setattr(ctx.ensure_object(Terminal), attribute, True)

    return click.option(short, long, is_flag=True, expose_value=False, callback=turn, help=help_text)
