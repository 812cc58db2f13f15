"""Run lists by themselves: heap, trees and who comes first, held against sorted lists; plain Python on tables of a few rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import NEVER, NOBODY, AffinitySet, VpInLine
from systems.scheduling import heap_of_list, list_trees
from tests.plain_tables import plain_python, tables

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["join", "first", "any"]), st.integers(0, 9), st.integers(0, 99)),
        max_size=60,
    )
)
def test_a_heap_gives_the_least_whatever_comes_and_goes(steps):
    w = tables(in_line=VpInLine.table(60))
    root, inside = NOBODY, {}
    for vp, (step, key, which) in enumerate(steps):
        if step == "join" or not inside:
            w.in_line[vp].key_ns, w.in_line[vp].order = key, vp
            root = heap_of_list.join_heap(w, root, vp)
            inside[vp] = (key, vp)
        else:
            gone = root if step == "first" else sorted(inside)[which % len(inside)]
            root = heap_of_list.leave_heap(w, root, gone)
            del inside[gone]
        assert root == (min(inside, key=inside.get) if inside else NOBODY)


@settings(max_examples=200)
@given(st.integers(1, 20), st.data())
def test_a_tree_knows_the_list_due_first_of_all_and_of_any_range(lists, data):
    leaves = 1 << (lists - 1).bit_length()
    trees = np.full((2 * leaves, 2), NEVER)
    trees[leaves:, list_trees.WINNER] = 5 + np.arange(leaves)
    for node in range(leaves - 1, 0, -1):
        trees[node, list_trees.WINNER] = trees[2 * node, list_trees.WINNER]
    w = tables(affinity_sets=AffinitySet.table(1), list_trees=trees)
    w.affinity_sets.first_list, w.affinity_sets.lists, w.affinity_sets.leaves = 5, lists, leaves
    due = [NEVER] * lists
    for which, time in data.draw(
        st.lists(st.tuples(st.integers(0, lists - 1), st.sampled_from([1, 2, 3, NEVER])), max_size=20)
    ):
        due[which] = time
        list_trees.set_due(w, 0, 5 + which, time)
        best = min(range(lists), key=lambda n: due[n])
        assert list_trees.first_due(w, 0) == (5 + best if due[best] < NEVER else NOBODY)
        low = data.draw(st.integers(0, lists))
        high = data.draw(st.integers(low, lists))
        found = list_trees.first_due_among(w, 0, 5 + low, 5 + high)
        least = min(due[low:high], default=NEVER)
        assert (found == NOBODY) == (least == NEVER)
        if found != NOBODY:
            assert due[found - 5] == least


@pytest.mark.parametrize("word", [0, 1, 2**63, 2**64 - 1, 0x123456789ABCDEF0])
def test_bits_are_counted(word):
    from systems.kernels import bits  # after its kernels are plain Python

    assert bits.count_bits(np.uint64(word)) == word.bit_count()
    assert all(bits.bits_before(np.uint64(word), n) == (word & ((1 << n) - 1)).bit_count() for n in range(64))
    if word:
        assert bits.lowest_bit(np.uint64(word)) == (word & -word).bit_length() - 1
    swapped = sum(1 << (n ^ 1) for n in range(64) if word >> n & 1)
    assert int(bits.siblings_of(np.uint64(word))) == swapped
