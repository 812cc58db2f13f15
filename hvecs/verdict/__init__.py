"""The verdict: what the counters of a run, a point of a sweep or a capture say of a host, by one table of rules.

`measures` says which figures are made of which columns, `rules` which of them are too high or too low, and by whom. An `Observer` takes
rows of tables as they are written or read, and nothing else: what the engine knows beside them plays no part.
"""

from hvecs.verdict.judging import Finding, Verdict, judge
from hvecs.verdict.observer import Observer
from hvecs.verdict.rules import RULES, Rule
from hvecs.verdict.sufferers import WithoutMemory

__all__ = ["RULES", "Finding", "Observer", "Rule", "Verdict", "WithoutMemory", "judge"]
