"""What a user writes: scenario files as values, with every problem located."""

from components.charge import Cost
from hvecs.spec.costs import COSTS, Costs
from hvecs.spec.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    Lognormal,
    Pareto,
    Uniform,
)
from hvecs.spec.enlightenments import Enlightenments
from hvecs.spec.host import Host, Root, Scheduling
from hvecs.spec.loading import load
from hvecs.spec.memory import DynamicMemory, MemoryDemand
from hvecs.spec.partition import GuestSystem, Partition, Processor
from hvecs.spec.problems import Problem, SpecError
from hvecs.spec.resolved import resolved_toml
from hvecs.spec.scenario import Guest, Run, Scenario
from hvecs.spec.workload import ClosedWorkload, IdleWorkload, OpenWorkload, TraceWorkload, Workload

__all__ = [
    "COSTS",
    "ClosedWorkload",
    "Cost",
    "Costs",
    "Deterministic",
    "Distribution",
    "DynamicMemory",
    "Empirical",
    "Enlightenments",
    "Exponential",
    "Guest",
    "GuestSystem",
    "Host",
    "IdleWorkload",
    "Lognormal",
    "MemoryDemand",
    "OpenWorkload",
    "Pareto",
    "Partition",
    "Problem",
    "Processor",
    "Root",
    "Run",
    "Scenario",
    "Scheduling",
    "SpecError",
    "TraceWorkload",
    "Uniform",
    "Workload",
    "load",
    "resolved_toml",
]
