"""How often each kernel is called, by event, in a run of a scenario; run by `tests.arch.plain`, for compiled kernels are not seen.

`python -m tests.arch.counting SCENARIO BEGIN END` prints a JSON object of what happens between two times (s): events, and calls by the name of the kernel.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from hvecs.engine.build import build
from hvecs.spec import load

ROOT = Path(__file__).parents[2]
NS = 1_000_000_000


def calls(scenario, begin, end):
    world, found = build(load(scenario)), Counter()
    world.advance(int(begin * NS))
    before = world.tables.happened.sum()

    def note(frame, what, _):
        if what == "call":
            found[frame.f_code] += 1

    sys.setprofile(note)
    world.advance(int(end * NS))
    sys.setprofile(None)
    named = Counter()
    for code, number in found.items():
        file = Path(code.co_filename)
        if file.is_relative_to(ROOT):
            named[f"{file.relative_to(ROOT).as_posix()}:{code.co_qualname}"] += number
    return {"events": int(world.tables.happened.sum() - before), "calls": named}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(calls(sys.argv[1], *map(float, sys.argv[2:]))))
