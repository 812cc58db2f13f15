"""The end of a sweep: the summary is written, and the manifest says that all is there."""

from hvecs.sweep.execution import SweepFolder
from hvecs.sweep.place import Store
from hvecs.sweep.results import Results, reported
from hvecs.sweep.summary import Line, summarise, write_summary


def finish(
    store: Store, folder: SweepFolder, results: Results, baseline: int | None, *, fresh: bool
) -> tuple[Line, ...]:
    """Record the end of a sweep that has all its runs; gives what its summary, and what else was read, says.

    The summary is written where runs are `fresh`, where it is damaged, or where its baseline is another one. Raises Unwritable.
    """
    lines = summarise(results, baseline)
    written = None
    if fresh or baseline != folder.manifest.baseline or folder.summary_fault is not None:
        folder.reopen()
        standard = reported(folder.manifest)
        written = write_summary(
            store, results, [line for line in lines if line.outcome in standard], baseline
        )
    folder.end(len(results.failed), written, baseline)
    return lines
