"""The program: the group of all commands, and what becomes of their errors."""

import sys
import traceback
from collections.abc import Sequence
from typing import Final

import click

from hvecs import __version__
from hvecs.cli.answer import forget_stdout
from hvecs.cli.clean import cleaned
from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.lazy import LazyGroup
from hvecs.cli.signals import Interrupted
from hvecs.cli.terminal import Terminal
from hvecs.user_code import CodeNotAllowed

COMMANDS: Final = {
    "run": ("hvecs.cli.run", "Simulate a scenario and write its tables."),
    "plan": ("hvecs.cli.plan", "Say which runs a sweep would make, and what they would take."),
    "sweep": ("hvecs.cli.sweep", "Make all runs of a sweep, and print a summary."),
    "find": ("hvecs.cli.find", "Find the value along an axis at which an outcome passes a bound."),
    "summarize": (
        "hvecs.cli.summarize",
        "Print the summary of a sweep that was made, and add outcomes to it.",
    ),
    "status": ("hvecs.cli.status", "Say how far a sweep has come that runs elsewhere, or was stopped."),
    "verify": ("hvecs.cli.verify", "Hold the files of a run or a sweep against its manifest."),
    "compare": (
        "hvecs.cli.compare",
        "Compare two sweeps, or two runs: every outcome that both have, and the difference B - A.",
    ),
    "reproduce": (
        "hvecs.cli.reproduce",
        "Simulate published measurements and closed forms, and say how far off they are.",
    ),
    "calibrate": ("hvecs.cli.calibrate", "Fit keys of a scenario to what was measured on its host."),
    "sensitivity": (
        "hvecs.cli.sensitivity",
        "Say which costs move elapsed time, response time and CPU wait.",
    ),
    "report": ("hvecs.cli.report", "Write a page that shows a run, a sweep or a capture."),
    "export": ("hvecs.cli.export", "Write a run in the formats of other programs."),
    "import": ("hvecs.cli.imports", "Read data of real hosts."),
    "check": ("hvecs.cli.check", "Say what is wrong with scenario and sweep files."),
    "show": ("hvecs.cli.show", "Print what the model consists of."),
    "new": ("hvecs.cli.new", "Write NAME.toml, a commented scenario to start from."),
    "guide": ("hvecs.cli.guide", "Print a chapter of the user guide."),
    "doctor": ("hvecs.cli.doctor", "Check that hvecs works on this machine."),
}


@click.group(
    "hvecs",
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="hvecs %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Simulate a Hyper-V host and write what the counters of Windows would have shown."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(USAGE)


def run_program(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; errors are told on stderr, without a traceback unless with -v."""
    with cleaned():
        return _run_cleaned(arguments)


def _run_cleaned(arguments: Sequence[str]) -> int:
    terminal = Terminal()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name in a file may be no text in this locale
    try:
        code = program.main(list(arguments), prog_name="hvecs", standalone_mode=False, obj=terminal)
        if sys.stdout is not None:
            sys.stdout.flush()
    except SystemExit as stop:  # click itself, when nobody reads what it prints
        return stop.code if isinstance(stop.code, int) else FAILED
    except (Interrupted, Exception) as error:  # noqa: BLE001 - the user gets a line, not a traceback
        return _told(_meant(error), terminal)
    return code if isinstance(code, int) else 0  # click gives the code of an early end, such as --help


def _meant(error: BaseException) -> BaseException:
    """Give what click has put an Abort in the place of: no command asks for input, so that an end of it is a mistake in one."""
    return (
        error.__cause__ if isinstance(error, click.Abort) and isinstance(error.__cause__, EOFError) else error
    )


def _told(error: BaseException, terminal: Terminal) -> int:
    """Tell the user of an error; gives the exit code."""
    code = FAILED
    match error:
        case Interrupted():
            terminal.fail(f"interrupted{error.remark}")
            code = error.exit_code
        case click.Abort():
            terminal.fail("interrupted")
            code = Interrupted().exit_code
        case Failure():
            _tell_failure(error, terminal)
            code = error.exit_code
        case CodeNotAllowed():
            terminal.fail(str(error))
            code = USAGE
        case click.ClickException():
            _tell_misuse(error, terminal)
            code = error.exit_code
        case ModuleNotFoundError():
            terminal.fail(f"the Python package {error.name} is missing; hvecs doctor says what is needed")
        case MemoryError():
            terminal.fail("there is not enough memory for this scenario")
        case BrokenPipeError():
            forget_stdout()
            code = 0
        case OSError():
            forget_stdout()
            terminal.fail(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
        case _:
            _tell_bug(error, terminal)
    return code


def _tell_failure(failure: Failure, terminal: Terminal) -> None:
    for problem in failure.problems:
        terminal.problem(problem)
    if failure.message:
        terminal.fail(failure.message)


def _tell_misuse(error: click.ClickException, terminal: Terminal) -> None:
    terminal.fail(error.format_message())
    context = getattr(error, "ctx", None)
    if context is not None:
        terminal.problem(f"{context.get_usage()}\nTry '{context.command_path} --help'.")


def _tell_bug(error: BaseException, terminal: Terminal) -> None:
    what = next(iter(str(error).splitlines()), "")
    name = type(error).__name__
    terminal.fail(f"internal error: {name}: {what}" if what else f"internal error: {name}")
    if terminal.verbose:
        terminal.problem("".join(traceback.format_exception(error)).rstrip())
    else:
        terminal.fail("that is a mistake in hvecs; -v shows where it happened")
