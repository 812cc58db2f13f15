"""`hvecs import host`: a scenario of a real host."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import click

from hvecs.cli.answer import print_answer
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.imports.options import files_of, logs_of, read_progress, reading, tell_skipped
from hvecs.cli.imports.traces import check_new
from hvecs.cli.new import check_name, write_new
from hvecs.cli.options import pass_terminal, talk_options
from hvecs.cli.terminal import Terminal
from hvecs.spec import Scenario, SpecError, load

if TYPE_CHECKING:
    from hvecs.interop.fit import CaptureLoads
    from hvecs.interop.inventory import Inventory

_FIT_NS: Final = 60 * 10**9
"""Longest simulated time of one run of a fit."""


@click.command("host")
@click.argument("given", metavar="INVENTORY...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--perfmon",
    "capture",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="The loads: a log, a folder of logs, or a capture.",
)
@click.option(
    "--fit",
    is_flag=True,
    help="Run it a few times, and scale loads until run times are those of the capture.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Scenario file to write.")
@talk_options
@pass_terminal
def command(
    terminal: Terminal, given: tuple[Path, ...], capture: Path | None, out: Path, *, fit: bool
) -> None:
    """Write a scenario of a real host.

    INVENTORY is what the script of `hvecs show inventory-script` writes, or the output of Get-VMHost, Get-VM,
    Get-VMProcessor, Get-VMMemory and Get-VMHostNumaNode as JSON or CSV. With performance logs, or the capture made of
    them (see import perfmon), loads are filled in. What cannot be known is a comment in the file, with the default used. A file that exists is never replaced.
    """
    from hvecs.interop.host_scenario import host_scenario  # noqa: PLC0415 - pyarrow takes time
    from hvecs.interop.inventory import read_inventory  # noqa: PLC0415

    check_new(out)
    check_name(out.stem)
    with reading(out):
        inventory = read_inventory(files_of(given, (".json", ".csv")))
        loads = None if capture is None else _loads(capture, terminal)
    if fit and loads is None:
        raise click.UsageError("--fit needs a capture: --perfmon")
    scales = _fitted(inventory, loads, terminal) if fit and loads is not None else {}
    write_new(out, host_scenario(out.stem, inventory, loads, scales))
    if loads is not None:
        names = {str(vm.get("name")).lower() for vm in inventory.rows["vm"]}
        others = [name for name in loads.loads if name not in names and name != "root"]
        if others:
            terminal.warn(f"the capture has guests that the inventory has not: {', '.join(others)}")
    try:
        load(out)
    except SpecError as error:
        raise Failure(
            INVALID, f"{out} is written, and is no valid scenario yet", [str(each) for each in error.problems]
        ) from error
    print_answer(str(out))


def _loads(given: Path, terminal: Terminal) -> "CaptureLoads":
    """Read the loads of a capture, or of logs, which are made a capture of first."""
    from hvecs.interop.fit import CaptureLoads  # noqa: PLC0415 - pyarrow takes time
    from hvecs.interop.perfmon_in import PerfmonImport  # noqa: PLC0415
    from hvecs.output.manifest import MANIFEST_NAME, ManifestError  # noqa: PLC0415

    try:
        if (given / MANIFEST_NAME).exists():
            return CaptureLoads(given)
        logs = PerfmonImport(logs_of([given], terminal))
        with TemporaryDirectory() as folder:
            made = logs.write(Path(folder) / "capture", read_progress(terminal))
            tell_skipped(made.skipped, terminal)
            return CaptureLoads(Path(folder) / "capture")
    except ManifestError as error:
        raise Failure(USAGE, f"{error}; expected logs, or the folder of hvecs import perfmon") from error


def _fitted(inventory: "Inventory", loads: "CaptureLoads", terminal: Terminal) -> dict[str, float]:
    """Find what measured times must be multiplied by; an invalid scenario is not scaled."""
    from hvecs.interop.fitting import CLOSE, fitted  # noqa: PLC0415 - numba takes time
    from hvecs.interop.host_scenario import host_scenario  # noqa: PLC0415

    length = f"scenario.duration={min(loads.duration_ns, _FIT_NS)} ns"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "fit.toml"

        def scenario_for(scales: Mapping[str, float]) -> Scenario:
            file.write_text(host_scenario("fit", inventory, loads, scales), encoding="utf-8")
            return load(file, [length])

        try:
            scales, worst = fitted(scenario_for, loads)
        except SpecError:
            return {}
    if worst <= CLOSE:
        terminal.say(f"guest run times of the fit are within {100 * worst:.1f} % of the capture")
    else:
        terminal.warn(
            f"guest run times of the fit still differ from the capture by up to {100 * worst:.1f} %"
        )
    return scales
