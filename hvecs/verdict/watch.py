"""A watch over one run: its rows are seen on their way to a sink, and judged at its end."""

from hvecs.output.timestamps import Sink
from hvecs.spec import Scenario
from hvecs.verdict.by_host import Hosts
from hvecs.verdict.judging import Verdict
from hvecs.verdict.observer import Watched
from hvecs.verdict.own import own_rules
from hvecs.verdict.sufferers import NOBODY_WITHOUT, WithoutMemory


class Watch:
    """Sees the rows of a run of `scenario`, whose rules of its own are known to be valid."""

    def __init__(self, scenario: Scenario) -> None:
        self._own = own_rules(scenario.rule)
        self._observer = Hosts(scenario.scenario.warm_up, [measure for _, measure in self._own])

    def over(self, sink: Sink) -> Sink:
        """Give a sink that passes rows on to `sink`."""
        return Watched(sink, self._observer)

    def verdict(self, absent: WithoutMemory = NOBODY_WITHOUT) -> Verdict:
        """Judge what was seen; `absent` are guests that are off because their memory was not to be had."""
        return self._observer.verdict(self._own, absent)
