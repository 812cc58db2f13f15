"""Trace collection: full buffers go to the engine, which turns them into rows of the tables."""

from systems.system import System


class Traces(System):
    """Hands the buffer of samples on when the sample just taken has filled it.

    The rows of event tables are recorded where the events happen, by the scheduling system; they are drained when their
    buffer is full.
    """

    every = "sample"
    why_here = "after the counters, whose samples it hands on"
    reads = frozenset()
    writes = frozenset()

    def process(self, until: int) -> None:
        """Drain the buffer of samples if it is full."""
        del until
        if self.host.samples.taken == self.host.samples.room:
            self.host.drain_samples()
