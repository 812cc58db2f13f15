"""`hvecs import perfmon`: performance logs as a capture."""

import codecs
from pathlib import Path

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.imports.options import logs_of, read_progress, reading, tell_skipped
from hvecs.cli.options import json_option, pass_terminal, talk_options
from hvecs.cli.scenarios import read_rules
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import aligned, counted
from hvecs.cli.verdict_text import verdict_data, verdict_text


@click.command("perfmon")
@click.argument("given", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the capture.")
@click.option(
    "--dates",
    type=click.Choice(["mdy", "dmy", "ymd"]),
    help="Order of day, month and year in time stamps.  [default: as all of a log are dates, one after the other, of two orders that of fewer days; where both are, 1/2/2026 is January]",
)
@click.option("--machine", metavar="NAME", help="The host that is meant, where the logs hold several.")
@click.option("--code-page", default="cp1252", show_default=True, help="Of names that are not UTF-8.")
@click.option(
    "--rules",
    "rules_file",
    metavar="FILE.toml",
    type=click.Path(path_type=Path),
    help="Rules of your own for the verdict: [[rule]] tables, as in a scenario.",
)
@json_option
@talk_options
@pass_terminal
def command(  # noqa: PLR0913 - click hands over each option by itself
    terminal: Terminal,
    given: tuple[Path, ...],
    out: Path,
    dates: str | None,
    machine: str | None,
    code_page: str,
    rules_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Read performance logs (PDH-CSV, PDH-TSV) into tables.

    Several files are taken together: logs of one host one after the other, and logs of its guests. The result is a
    capture: a folder with the tables of a run, as far as the logs tell, which compare can read. It is judged by the rules of
    hvecs show rules. Lines and cells that
    are none are counted and left out; counters that are not known are listed with -v.
    """
    from hvecs.interop.perfmon_in import PerfmonImport  # noqa: PLC0415 - pyarrow takes time

    try:
        codecs.lookup(code_page)
    except LookupError as error:
        raise click.BadParameter(f"no code page {code_page!r}", param_hint="--code-page") from error
    own = () if rules_file is None else read_rules(rules_file)
    files = logs_of(given, terminal)
    with reading(out):
        capture = PerfmonImport(files, dates, machine, code_page, own).write(out, read_progress(terminal))  # type: ignore[arg-type] # one of the choices
    manifest = capture.manifest
    tell_skipped(capture.skipped, terminal)
    if capture.set_back:
        often = "once" if capture.set_back == 1 else f"{capture.set_back} times"
        terminal.say(f"clocks were set back {often}; the tables go on in UTC")
    if manifest.unknown:
        terminal.say(f"ignored: {counted(len(manifest.unknown), 'counter')} that no table has; -v lists them")
    for path in manifest.unknown:
        terminal.detail(path)
    rows = {name: table.rows for name, table in manifest.tables.items()}
    if as_json:
        print_json(
            {
                **verdict_data(capture.verdict),
                "out": str(out),
                "start": manifest.start,
                "rows": rows,
                "skipped": manifest.skipped,
                "unknown": manifest.unknown,
            }
        )
    else:
        print_answer(
            f"{verdict_text(verdict_data(capture.verdict))}\n\n"
            + aligned([("table", "rows"), *((name, str(count)) for name, count in rows.items())], right=(1,))
            + f"\n\ncapture in {out}"
        )
