"""Heaps held against sorted lists, compiled and (in a second process) as plain Python."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from systems.kernels import heap as heaps

ITEMS = 24
SMALL = st.integers(-4, 4)  # few values, so that equal keys and equal orders are common
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["push", "push", "push", "pop", "remove", "replace", "replace"]),
        st.integers(0, 1),
        st.integers(0, ITEMS - 1),
        st.one_of(SMALL, st.integers(-(2**62), 2**62)),
        SMALL,
    ),
    max_size=120,
)


class Model:
    """Two heaps as dictionaries from item to (key, order)."""

    def __init__(self):
        self.heap = heaps.make_heap([ITEMS, ITEMS], ITEMS)
        self.held = ({}, {})

    def apply(self, verb, h, item, key, order):
        held = self.held[h]
        present = item in held
        if verb == "push" and not present and item not in self.held[1 - h]:
            heaps.push(self.heap, h, item, key, order)
            held[item] = (key, order)
        elif verb == "pop":
            least = min(held.values(), default=None)
            popped = heaps.pop_top(self.heap, h)
            assert held.pop(popped, None) == least
        elif verb == "remove" and present:
            heaps.remove(self.heap, h, item)
            del held[item]
        elif verb == "replace" and present:
            heaps.replace(self.heap, h, item, key, order)
            held[item] = (key, order)

    def check(self):
        for h, held in enumerate(self.held):
            assert self.heap.length[h] == len(held)
            top = heaps.top(self.heap, h)
            assert held.get(top) == min(held.values(), default=None)
            base = self.heap.start[h]
            for item in held:
                assert self.heap.items[base + self.heap.position[item]] == item
        anywhere = self.held[0] | self.held[1]
        assert [heaps.contains(self.heap, i) for i in range(ITEMS)] == [i in anywhere for i in range(ITEMS)]


@settings(deadline=None)
@given(STEPS)
def test_heaps_behave_like_sorted_lists(steps):
    model = Model()
    for step in steps:
        model.apply(*step)
        model.check()
    for h, held in enumerate(model.held):
        drained = [held[heaps.pop_top(model.heap, h)] for _ in range(len(held))]
        assert drained == sorted(held.values())
        assert heaps.top(model.heap, h) == -1


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="this is the second process")
def test_heaps_behave_so_uncompiled():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", __file__],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 skipped" in done.stdout
