"""`hvecs summarize`: the summary of a sweep that was made, and outcomes that are added to it from its tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import DIFFERS, FAILED, USAGE, Failure
from hvecs.cli.options import json_option, pass_terminal, talk_options
from hvecs.cli.sweep_files import store_at
from hvecs.cli.sweep_options import baseline_option, shown_options
from hvecs.cli.sweep_request import Shown
from hvecs.cli.terminal import Terminal
from hvecs.cli.verify import refuse_damaged
from hvecs.spec.kinds import Wrong
from hvecs.spec.sweep import SweepOutcome
from hvecs.spec.sweep_texts import outcome_of

if TYPE_CHECKING:
    from hvecs.sweeps.manifest import SweepManifest
    from hvecs.sweeps.place import Store
    from hvecs.sweeps.results import Results


@click.command("summarize")
@click.argument("place", metavar="DIR")
@shown_options
@baseline_option
@json_option
@talk_options
@pass_terminal
def command(
    terminal: Terminal, place: str, shown: Shown, baseline: tuple[str, ...], *, as_json: bool
) -> None:
    """Print the summary of a sweep that was made, and add outcomes to it.

    --outcome names an outcome that is there, or says how one is computed from the tables that the sweep kept:
    'peak = max of dynamic_memory_vm.current_pressure_pct where partition = sql'. What is added is written to DIR/outcomes and entered in
    the manifest. The folder is verified first; a file that is damaged ends it with 4.
    """
    from hvecs.output.errors import Damaged, NotOurs, OutputError  # noqa: PLC0415 - pyarrow takes time to load
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415

    wanted = [_wanted(text) for text in shown.outcomes]
    refuse_damaged(place, terminal)
    try:
        with _entered(store_at(place), writes=any(not isinstance(each, str) for each in wanted)) as (
            store,
            manifest,
        ):
            _summarize(store, manifest, wanted, (shown, baseline, as_json))
    except Damaged as error:
        raise Failure(DIFFERS, str(error)) from error
    except (ManifestError, NotOurs) as error:
        raise Failure(USAGE, str(error)) from error
    except OutputError as error:
        raise Failure(FAILED, str(error)) from error


def _wanted(text: str) -> str | SweepOutcome:
    """Give the name of an outcome, or how it is computed."""
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        found = outcome_of(text)
        return text if found is None else SweepOutcome.model_validate(found)
    except (Wrong, ValidationError) as error:
        raise Failure(USAGE, f"--outcome {text}: {error}") from error


@contextmanager
def _entered(store: "Store", *, writes: bool) -> "Iterator[tuple[Store, SweepManifest]]":
    """Read the manifest of a sweep, under its lock if it is to be written.

    Raises:
        ManifestError: there is no sweep.
        Failure: there is a run, or a sweep that is not complete or of another version (exit code 2).
    """
    from contextlib import nullcontext  # noqa: PLC0415

    from hvecs.output.manifest import ManifestError  # noqa: PLC0415
    from hvecs.output.schema import SCHEMA_VERSION  # noqa: PLC0415
    from hvecs.sweeps.lock import SweepLock  # noqa: PLC0415
    from hvecs.sweeps.manifest import COMPLETE, NotASweep, read_sweep_manifest  # noqa: PLC0415

    lock: Any = SweepLock(store.folder) if writes and store.folder is not None else nullcontext()
    with lock:
        try:
            manifest = read_sweep_manifest(store)
        except NotASweep as error:
            raise Failure(USAGE, f"{store.place} is a run; hvecs summarize is for sweeps") from error
        if manifest is None:
            raise ManifestError(f"{store.place} holds no sweep")
        if manifest.status != COMPLETE:
            raise Failure(USAGE, f"{store.place}: the sweep is not complete; resume it first")
        if writes and manifest.schema_version != SCHEMA_VERSION:
            message = f"its tables have version {manifest.schema_version}; this hvecs writes {SCHEMA_VERSION}"
            raise Failure(USAGE, f"{store.place}: {message}")
        yield store, manifest


def _summarize(
    store: "Store",
    manifest: "SweepManifest",
    wanted: Sequence[str | SweepOutcome],
    asked: tuple[Shown, Sequence[str], bool],
) -> None:
    from hvecs.cli.sweep_execution import found_outcomes  # noqa: PLC0415
    from hvecs.sweeps.added import CannotAdd, add_outcomes, check_outcome  # noqa: PLC0415
    from hvecs.sweeps.results import sweep_results  # noqa: PLC0415
    from hvecs.sweeps.selection import known_outcomes  # noqa: PLC0415

    shown, baseline, as_json = asked
    new = [each for each in wanted if isinstance(each, SweepOutcome)]
    declared = [each["name"] for each in manifest.sweep["outcome"]]
    added = [*(each.name for each in manifest.added), *(each.name for each in new)]
    known = known_outcomes([*declared, *added], list(manifest.columns), manifest.paths)
    names = found_outcomes([each if isinstance(each, str) else each.name for each in wanted], known)
    for each in new:
        try:
            check_outcome(each, manifest)
        except CannotAdd as error:
            raise Failure(USAGE, f"--outcome {each.name}: {error}") from error
    if new:
        manifest = add_outcomes(store, manifest, new)
    in_runs = [name for name in names if name in manifest.columns]
    results = sweep_results(store, manifest, in_runs)
    _tell(results, manifest, Shown(names, shown.top, shown.everything), (store.place, baseline, as_json))


def _tell(
    results: "Results", manifest: "SweepManifest", shown: Shown, asked: tuple[str, Sequence[str], bool]
) -> None:
    from hvecs.cli.sweep_summary import names_to_show, not_started_data, summary_data, summary_text  # noqa: PLC0415
    from hvecs.sweeps.summary import BaselineError, find_baseline, summarise  # noqa: PLC0415

    place, texts, as_json = asked
    try:
        baseline = find_baseline(results.paths, results.points, texts) if texts else manifest.baseline
    except BaselineError as error:
        raise Failure(USAGE, f"--baseline: {error}") from error
    lines = summarise(results, baseline)
    if as_json:
        chosen = [line for line in lines if line.outcome in (shown.outcomes or results.values)]
        print_json(
            {
                "sweep": results.name,
                "out": place,
                "not_started": not_started_data(results),
                "baseline": baseline,
                "summary": summary_data(results, chosen),
            }
        )
        return
    declared = [each["name"] for each in manifest.sweep["outcome"]] + [each.name for each in manifest.added]
    names = names_to_show(shown, results, declared)
    print_answer(f"{summary_text(results, lines, baseline, names, shown)}\n\ntables in {place}")
