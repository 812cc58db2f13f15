"""A sweep from its plan to its summary, and what becomes of its errors."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Final

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.signals import Interrupted, held
from hvecs.cli.sweep_progress import FailFast, SweepProgress
from hvecs.cli.sweep_request import Request, Tls
from hvecs.cli.sweep_summary import names_to_show, not_started_data, summary_data, summary_text
from hvecs.cli.terminal import Terminal
from hvecs.output.errors import NotOurs, OutputError
from hvecs.spec.kinds import Wrong
from hvecs.spec.sweep_texts import outcome_of
from hvecs.sweep.cluster import Cluster, ClusterError, is_open
from hvecs.sweep.ending import finish
from hvecs.sweep.execution import HoldsASweep, SweepFolder, run_sweep
from hvecs.sweep.extension import ChangedError
from hvecs.sweep.manifest import COMPLETE, SweepManifest
from hvecs.sweep.pool import PoolError
from hvecs.sweep.results import Results, sweep_results
from hvecs.sweep.selection import NoSuchOutcome, known_outcomes, selected
from hvecs.sweep.statistics import estimate, replications_for
from hvecs.sweep.summary import BaselineError, Line, find_baseline
from hvecs.sweep.work import PASSING

_MOST_NAMED: Final = 20


@contextmanager
def connected(address: str | None, tls: Tls, terminal: Terminal) -> Iterator[Cluster | None]:
    """Connect to a cluster, if one is asked for, and warn where nobody knows who is at the other end.

    Raises:
        Failure: it cannot be used (exit code 2).
    """
    if address is None:
        yield None
        return
    if is_open(address):
        terminal.warn(
            f"nothing shows who the scheduler at {address} is, nor to it who we are, and whoever is between can read "
            "and execute code in either; use tls:// (hvecs guide sweeps)"
        )
    with ExitStack() as stack:
        try:
            found = stack.enter_context(Cluster(address, ca=tls.ca, cert=tls.cert, key=tls.key))
        except ClusterError as error:
            raise Failure(USAGE, f"--cluster: {error}") from error
        yield found


def carry_out(request: Request, terminal: Terminal) -> None:
    """Make the runs and print the summary.

    Raises:
        Failure: the place will not do, or the sweep there is another one (exit code 2); runs failed, or the results
            cannot be written (1).
        Interrupted: the user asked for an end; it says how to go on.
    """
    request = _checked(request)
    for warning in request.plan.warnings:
        terminal.warn(warning)
    resume = f"resume with: {request.resuming}"
    try:
        with SweepFolder(request.plan, request.order) as folder:
            try:
                _made(folder, request, terminal)
            except Interrupted as stop:
                raise Interrupted(stop.number, f"; {resume}") from None
            except (OutputError, PoolError) as error:
                raise Failure(FAILED, f"{error}\nhvecs: {resume}") from error
            except FailFast as stop:
                raise Failure(FAILED, f"{stop}\nhvecs: {resume}") from stop
    except HoldsASweep as error:
        raise Failure(USAGE, f"{error}\nhvecs: {resume}") from error
    except NotOurs as error:
        raise Failure(USAGE, str(error)) from error
    except OutputError as error:
        raise Failure(FAILED, str(error)) from error
    except ChangedError as error:
        changes = [f"  {change}" for change in error.changes]
        message = f"{request.order.store.place} holds another sweep; it is left as it is"
        raise Failure(USAGE, message, changes) from error


def _checked(request: Request) -> Request:
    """Find the baseline and the outcomes that are asked for, before anything is made; gives the request with their full names."""
    plan = request.plan
    _baseline(request, plan.paths, plan.points)
    declared = [each.name for each in plan.sweep.outcome]
    known = known_outcomes(declared, plan.runs_table.column_names, plan.paths)
    texts = [_declared(text, declared) for text in request.shown.outcomes]
    return replace(request, shown=replace(request.shown, outcomes=found_outcomes(texts, known)))


def found_outcomes(texts: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Give the full names of outcomes. Raises Failure (exit code 2) if there is none of a name."""
    try:
        return tuple(selected(texts, known))
    except NoSuchOutcome as error:
        raise Failure(USAGE, f"--outcome: {error}") from error


def _declared(text: str, names: Sequence[str]) -> str:
    """Give the name of an outcome that is to be computed, if that is what `text` says, else `text`."""
    try:
        found = outcome_of(text)
    except Wrong as wrong:
        raise Failure(USAGE, f"--outcome {text}: {wrong}") from wrong
    if found is None:
        return text
    if found["name"] not in names:
        message = "is not an [[outcome]] of this sweep file; declare it there, or add it afterwards by hvecs summarize"
        raise Failure(USAGE, f"--outcome {text}: {message}")
    return str(found["name"])


def _baseline(request: Request, paths: Sequence[str], points: Sequence[Sequence[Any]]) -> int | None:
    try:
        return find_baseline(paths, points, request.baseline)
    except BaselineError as error:
        raise Failure(USAGE, f"--baseline: {error}") from error


def _made(folder: SweepFolder, request: Request, terminal: Terminal) -> None:
    """Make all that is missing, until intervals are narrow enough; then tell."""
    was_complete = folder.manifest.status == COMPLETE and not folder.missing()
    _tell_again(folder, terminal)
    progress = SweepProgress(terminal, fail_fast=request.fail_fast)
    _run(folder, request, progress)
    if not folder.is_complete():
        terminal.say("this shard is complete; others are not")
        return
    results = sweep_results(request.order.store, folder.manifest, request.shown.outcomes)
    while (more := _more(results, request, terminal)) is not None:
        was_complete = False
        terminal.say(f"{more} replications, for narrower intervals")
        folder.extend(request.again(more))
        _run(folder, request, progress)
        results = sweep_results(request.order.store, folder.manifest, request.shown.outcomes)
    if was_complete:
        terminal.say("the sweep is complete already")
    _finished(folder, results, request, terminal, fresh=not was_complete)


def _tell_again(folder: SweepFolder, terminal: Terminal) -> None:
    """Tell what of the sweep that is there is made again, and why."""
    faults = (*folder.again.damaged, *((folder.summary_fault,) if folder.summary_fault else ()))
    for fault in faults[:_MOST_NAMED]:
        terminal.warn(f"{fault.path}: {fault.what}; it is made again")
    if len(faults) > _MOST_NAMED:
        terminal.warn(f"{len(faults) - _MOST_NAMED} more files are made again")
    if folder.again.retried:
        terminal.say(f"{folder.again.retried} runs that failed are made again")


def _run(folder: SweepFolder, request: Request, progress: SweepProgress) -> None:
    missing = sum(batch.stop - batch.start for batch in folder.missing())
    with progress.shown(missing, missing if request.order.shard else len(folder.plan.runs)):
        run_sweep(folder, request.order, progress)


def _more(results: Results, request: Request, terminal: Terminal) -> int | None:
    """Give the number of replications to go on with; None when intervals are narrow enough or nothing helps."""
    precision = request.precision
    if precision is None:
        return None
    name = next(iter((*request.shown.outcomes, *results.values)))
    present = len(results.seeds)
    found = [estimate(row) for row in results.values[name]]
    widths = [each.relative_width for each in found]
    if present > 1 and all(width is not None and width <= precision.share for width in widths):
        return None
    if present >= precision.most:
        terminal.warn(f"the intervals of {name} are not as narrow as asked for after {present} replications")
        return None
    wanted = max(replications_for(found, precision.share), present + 1, 5)
    return min(wanted, max(2 * present, 5), precision.most)


def _finished(
    folder: SweepFolder, results: Results, request: Request, terminal: Terminal, *, fresh: bool
) -> None:
    """Write the summary, record the end, print; a failed run makes the exit code 1."""
    store = request.order.store
    baseline = folder.manifest.baseline
    if request.baseline:
        baseline = _baseline(request, results.paths, results.points)
    with held():
        lines = finish(store, folder, results, baseline, fresh=fresh)
    _tell_summary(folder.manifest, results, lines, baseline, request)
    for each in results.failed[:_MOST_NAMED]:
        terminal.fail(f"run {each.run} (point {each.point}, replication {each.replication}): {each.error}")
    if results.failed:
        told = f"{len(results.failed)} of {results.runs} runs failed"
        passing = sum(each.cause in PASSING for each in results.failed)
        if passing:
            told += f"; {passing} of them died or had no memory, which may pass\nhvecs: resume with: {request.resuming}"
        raise Failure(FAILED, told)


def _tell_summary(
    manifest: SweepManifest, results: Results, lines: Sequence[Line], baseline: int | None, request: Request
) -> None:
    store, shown = request.order.store, request.shown
    if not request.as_json:
        declared = [each["name"] for each in manifest.sweep["outcome"]]
        names = names_to_show(shown, results, declared)
        text = summary_text(results, lines, baseline, names, everything=shown.everything)
        print_answer(f"{text}\n\ntables in {store.place}")
        return
    print_json(
        {
            "sweep": results.name,
            "out": store.place,
            "runs": results.runs,
            "replications": len(results.seeds),
            "failed": [each.__dict__ for each in results.failed],
            "not_started": not_started_data(results),
            "baseline": baseline,
            "summary": summary_data(
                results, [line for line in lines if line.outcome in (shown.outcomes or results.values)]
            ),
        }
    )
