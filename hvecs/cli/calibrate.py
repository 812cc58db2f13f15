"""`hvecs calibrate`: keys of a scenario are fitted to a capture of the host that it describes."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.clean import one_line
from hvecs.cli.failure import DIFFERS, FAILED, INVALID, USAGE, Failure
from hvecs.cli.imports.traces import check_new
from hvecs.cli.new import check_name, write_new
from hvecs.cli.options import code_option, json_option, pass_terminal, scenario_argument, talk_options
from hvecs.cli.scenarios import check_leave, own_rule_faults, read_scenario
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import some
from hvecs.interop.paths import ROOT
from hvecs.spec import Scenario, SpecError
from hvecs.spec.kinds import Wrong
from hvecs.spec.sweep_points import PointLoader
from hvecs.spec.units import SECOND, Duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hvecs.agreement.calibration import Calibrator
    from hvecs.agreement.calibration_results import Calibration
    from hvecs.agreement.figures import Figure, Figures
    from hvecs.agreement.free_keys import FreeKey
    from hvecs.agreement.simulated import Length

_LENGTH: Final = Duration(low=SECOND)
_BUSY: Final = 0.002
"""LPs of guest code above which a guest is more than idle."""


@click.command("calibrate")
@scenario_argument
@click.option(
    "--against",
    metavar="CAPTURE",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of import perfmon, or of a run.",
)
@click.option(
    "--free",
    "paths",
    metavar="PATH",
    multiple=True,
    help="Fit this key; repeatable.  [default: what the counters determine]",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Scenario file to write.")
@click.option(
    "--length",
    default="1 min",
    show_default=True,
    metavar="TIME",
    help="Longest simulated time of one run of the fit; with events it is that of the capture.",
)
@code_option
@json_option
@talk_options
@pass_terminal
def command(  # noqa: PLR0913 - click hands over each option by itself
    terminal: Terminal,
    file: Path,
    against: Path,
    paths: tuple[str, ...],
    out: Path,
    length: str,
    *,
    as_json: bool,
) -> None:
    """Fit keys of a scenario to what was measured on its host.

    Without --free these are rates and service times of each guest, the rates of its traps, and the root's own load, as far as CAPTURE
    has counters that tell them. The file written extends SCENARIO. Of each key the answer says its 95 % interval, or that CAPTURE does
    not determine it; of each counter what was measured, what the calibrated scenario makes of it, and what chance alone makes of it.
    A file that exists is never replaced.
    """
    _check_place(out)
    check_name(out.stem)
    longest = _length(length)
    scenario = read_scenario(file)
    if len(scenario.hosts) > 1:
        raise Failure(
            INVALID, f"{file} has {len(scenario.hosts)} hosts, and a capture is of one; expected one [host]"
        )
    loader = PointLoader(file, (), file.parent, own_rule_faults)
    check_leave([scenario.host.scheduler], scenario.host.systems)
    measured = _measured(against, scenario, terminal)
    keys = _keys(scenario, measured, paths)
    seconds = max(each.seconds for figures in measured.values() for each in figures.values())
    times = _times(against, scenario, seconds, longest)
    calibration = _calibrated(_calibrator(loader, measured, keys, times, terminal))
    _write(out, file, against, calibration)
    if as_json:
        from hvecs.agreement.calibrated import report_of  # noqa: PLC0415 - numba takes time

        print_json(
            {"out": str(out), "scenario": str(file), "against": str(against), **report_of(calibration)}
        )
    else:
        from hvecs.cli.calibrate_text import calibration_text  # noqa: PLC0415 - pyarrow takes time

        print_answer(calibration_text(calibration, out))
    off = [f"{each.figure} of {each.partition}" for each in calibration.counters if each.is_off]
    if off:
        terminal.warn(f"more than 5 % from the capture, and beyond chance: {some(off)}")


def _check_place(out: Path) -> None:
    """Refuse, before anything is simulated, a file that exists, or whose folder does not."""
    check_new(out)
    if not out.parent.is_dir():
        raise Failure(FAILED, f"cannot write {out}: there is no folder {out.parent}")
    if not os.access(out.parent, os.W_OK):
        raise Failure(FAILED, f"cannot write {out}: no leave to write in {out.parent}")


def _length(text: str) -> int:
    try:
        return int(_LENGTH.read(text))
    except Wrong as wrong:
        raise click.BadParameter(str(wrong), param_hint="--length") from wrong


def _measured(against: Path, scenario: Scenario, terminal: Terminal) -> "Figures":
    """Read the figures of the scenario's partitions; say which are only on one side."""
    from hvecs.agreement.figures import read_figures  # noqa: PLC0415 - pyarrow takes time
    from hvecs.cli.verify import refuse_damaged  # noqa: PLC0415
    from hvecs.output.capture import is_capture  # noqa: PLC0415
    from hvecs.output.errors import Damaged  # noqa: PLC0415
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415

    try:
        found = read_figures(against)
    except Damaged as error:
        raise Failure(DIFFERS, str(error)) from error
    except (ManifestError, OSError) as error:
        raise Failure(
            USAGE, f"{one_line(str(error))}; expected the folder of hvecs import perfmon, or of a run"
        ) from error
    if not is_capture(against):
        refuse_damaged(str(against), terminal)
    guests = [guest.name.lower() for guest in scenario.guests()]
    if not set(guests) & set(found):
        raise Failure(USAGE, f"{against} has no counters of the guests of this scenario")
    absent = [name for name in guests if name not in found]
    if absent:
        terminal.warn(f"the capture has no counters of {some(absent)}: nothing of them is fitted")
    busy = [
        guest.name
        for guest in scenario.guests()
        if guest.block.workload.kind == "idle" and _runs(found.get(guest.name.lower(), {}))
    ]
    if busy:
        terminal.warn(
            f"idle in the scenario and busy in the capture: {some(busy)}; give them a workload to fit"
        )
    others = [name for name in found if name not in {*guests, ROOT.lower()}]
    if others:
        terminal.warn(f"the capture has guests that the scenario has not: {some(others)}")
    return {name: figures for name, figures in found.items() if name not in others}


def _runs(figures: "Mapping[str, Figure]") -> bool:
    return "guest_run" in figures and figures["guest_run"].value > _BUSY


def _keys(scenario: Scenario, measured: "Figures", paths: tuple[str, ...]) -> "list[FreeKey]":
    """Give the keys to fit.

    Raises:
        Failure: a path is none that could be fitted (exit code 3), or there is nothing to fit (2).
    """
    from hvecs.agreement.free_keys import default_keys, find_key  # noqa: PLC0415 - pyarrow takes time

    if not paths:
        found = default_keys(scenario, measured)
        if not found:
            raise Failure(USAGE, "the capture determines no key of this scenario; name some with --free")
        return found
    keys, problems = [], []
    for path in dict.fromkeys(paths):
        try:
            keys.append(find_key(scenario, path))
        except Wrong as wrong:
            problems.append(one_line(f"--free {path}: {wrong}"))
    if problems:
        raise Failure(INVALID, problems=problems)
    return keys


def _times(against: Path, scenario: Scenario, seconds: float, longest_ns: int) -> "tuple[int, Length]":
    """Give when (ns) what was measured, for so many seconds, began, and how long the runs of the fit are: of a run, its warm-up is left out."""
    from hvecs.agreement.simulated import left_out, length_as, length_for  # noqa: PLC0415 - numba takes time
    from hvecs.output.capture import is_capture  # noqa: PLC0415 - pyarrow takes time

    warm_up = scenario.scenario.warm_up
    begin_ns, left_ns = (0, left_out(scenario)) if is_capture(against) else (warm_up, warm_up)
    if scenario.event:
        return begin_ns, length_as(seconds, begin_ns)
    return begin_ns, length_for(seconds, left_ns, longest_ns)


def _calibrator(
    loader: PointLoader,
    measured: "Figures",
    keys: "list[FreeKey]",
    times: "tuple[int, Length]",
    terminal: Terminal,
) -> "Calibrator":
    """Make what fits; `times` is as of `_times`."""
    from hvecs.agreement.calibration import Calibrator  # noqa: PLC0415 - numba takes time
    from hvecs.agreement.simulated import Simulation  # noqa: PLC0415

    begin_ns, length = times
    each = f"{length.seeds} x {length.run_ns / 1e9:g} s each"
    simulation = Simulation(length, lambda runs: terminal.detail(f"{runs} runs made, {each}"))
    return Calibrator(loader.load, measured, keys, simulation, begin_ns)


def _calibrated(calibrator: "Calibrator") -> "Calibration":
    """Run the fit; a scenario that a value makes invalid, or that cannot be built, ends it."""
    try:
        return calibrator.calibrate()
    except SpecError as error:
        problems = [str(each) for each in error.problems]
        raise Failure(INVALID, "a value of the fit makes the scenario invalid", problems) from error
    except ValueError as error:
        raise Failure(FAILED, str(error)) from error


def _write(out: Path, file: Path, against: Path, calibration: "Calibration") -> None:
    from hvecs.agreement.calibrated import calibrated_toml, relative_path  # noqa: PLC0415 - numba takes time

    write_new(out, calibrated_toml(out.stem, relative_path(file, out), against.name, calibration))
