"""How often each kernel is called, and how many events there are, between two times of a run that compiles nothing: what is compiled is not seen.

`python -m tests.arch.counting SCENARIO BEGIN END` (times in s), run by `tests.arch.plain`, prints that as a JSON object.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import numba

from hvecs.engine.build import build
from hvecs.spec import load

ROOT = Path(__file__).parents[2]
NS = 1_000_000_000


def calls(scenario, begin, end):
    assert numba.config.DISABLE_JIT
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
