"""What a process builds for the points of a sweep, and uses again for their other runs: these differ in their seeds alone."""

import pickle
from hashlib import blake2b
from typing import Final

from hvecs.engine.stage import Stage
from hvecs.spec import Scenario
from hvecs.spec.policy_file import policy_of

MOST_BYTES: Final = 256 * 2**20
"""What a process keeps of worlds; a point that has no room is built for every run of it."""


class Stages:
    """The stages of points that have had more than one run in this process. A point is known by its scenario as it was pickled."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: dict[bytes, tuple[Scenario, Stage]] = {}
        self._met: set[bytes] = set()
        self._left_bytes = most_bytes

    def scenario(self, point: bytes) -> Scenario:
        """Give the scenario of a point."""
        kept = self._kept.get(_number(point))
        scenario: Scenario = pickle.loads(point) if kept is None else kept[0]  # noqa: S301 - from our parent
        return scenario

    def stage(self, point: bytes) -> Stage | None:
        """Give the stage of a point if one is kept: it is, if there is room, from its second run on."""
        number = _number(point)
        if number in self._kept:
            return self._kept[number][1]
        if number not in self._met:
            self._met.add(number)
            return None
        scenario = self.scenario(point)
        if self._left_bytes <= 0 or _has_code(scenario):
            return None
        stage = Stage(scenario, kept=True)
        self._left_bytes -= stage.size_bytes
        if self._left_bytes < 0:  # and no other is tried
            stage.leave()
            return None
        self._kept[number] = scenario, stage
        return stage

    def leave(self, point: bytes) -> None:
        """Give up the stage of a point, if there is one: a run of it has failed, and may have left anything behind."""
        _, stage = self._kept.pop(_number(point), (None, None))
        if stage is not None:
            self._left_bytes += stage.size_bytes
            stage.leave()


def _number(point: bytes) -> bytes:
    return blake2b(point, digest_size=16).digest()


def _has_code(scenario: Scenario) -> bool:
    """Tell whether code of the user's own takes part: it may remember what was, and its files may change."""
    return bool(scenario.host.systems) or policy_of(scenario.host.scheduler) is not None
