"""The engine: from a scenario to a world, and from time 0 to its end."""

from hvecs.engine.outcome import LpOutcome, Outcome, PartitionOutcome
from hvecs.engine.run import Sink, simulate

__all__ = ["LpOutcome", "Outcome", "PartitionOutcome", "Sink", "simulate"]
