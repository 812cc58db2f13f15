"""`hvecs import host`: a scenario of a real host."""

from pathlib import Path

import click

from hvecs.cli.answer import print_answer
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.imports.options import files_of, reading
from hvecs.cli.new import check_name, write_new
from hvecs.cli.options import pass_terminal, talk_options
from hvecs.cli.terminal import Terminal
from hvecs.spec import SpecError, load


@click.command("host")
@click.argument("given", metavar="INVENTORY...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--perfmon", "capture", type=click.Path(path_type=Path), help="Folder of a capture, for the loads."
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Scenario file to write.")
@talk_options
@pass_terminal
def command(terminal: Terminal, given: tuple[Path, ...], capture: Path | None, out: Path) -> None:
    """Write a scenario of a real host.

    INVENTORY is what the script of `hvecs show inventory-script` writes, or the output of Get-VMHost, Get-VM,
    Get-VMProcessor, Get-VMMemory and Get-VMHostNumaNode as JSON or CSV. With a capture (see import perfmon), loads are
    filled in. What cannot be known is a comment in the file, with the default used. A file that exists is never replaced.
    """
    from hvecs.interop.fit import CaptureLoads  # noqa: PLC0415 - pyarrow takes time
    from hvecs.interop.host_scenario import host_scenario  # noqa: PLC0415
    from hvecs.interop.inventory import read_inventory  # noqa: PLC0415
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415

    check_name(out.stem)
    with reading(out):
        inventory = read_inventory(files_of(given, (".json", ".csv")))
    try:
        loads = None if capture is None else CaptureLoads(capture)
    except ManifestError as error:
        raise Failure(USAGE, f"{error}; expected the folder of hvecs import perfmon") from error
    text = host_scenario(out.stem, inventory, loads)
    write_new(out, text)
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
