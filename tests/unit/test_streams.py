import os
import subprocess
import sys
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from hvecs.engine.streams import STREAMS, stable_id, stream_key
from systems.kernels.philox import uniform

DRAWS = 1 << 14


def uniforms(seed=1, stream="compute", partition="web", *, kind="thread", index=0, draws=DRAWS):  # noqa: PLR0913
    key, one = np.uint64(stream_key(seed, stream)), np.uint64(stable_id(partition, kind, index))
    return np.array([uniform(key, one, draw) for draw in range(draws)])


def test_every_stream_says_what_it_decides():
    assert set(STREAMS) == {
        "compute",
        "sleep",
        "lock",
        "arrival",
        "fault",
        "cache_read",
        "kill",
        "service",
        "service_after",
        "balance",
        "parent",
        "io_work",
        "io_completion",
        "io_device",
        "io_size",
        "io_write",
        "message_size",
    }
    assert all(STREAMS.values())


def test_keys_and_ids_are_fixed_for_ever():
    assert stream_key(1, "compute") == 0xE08C0AC6D52A0D48
    assert stream_key(2**70, "service") == 0x8B57FA1B51579DA8
    assert stable_id("web", "thread", 0) == 0x6AFF1E13160BC1AA
    assert stable_id("Büro-1", "request", 2**40) == 0x02E3C5EEE9E99140


def test_keys_and_ids_do_not_depend_on_the_hash_seed():
    code = "from hvecs.engine.streams import *; print(stream_key(7, 'sleep'), stable_id('web', 'thread', 3))"
    root = Path(__file__).parents[2]
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert printed == {f"{stream_key(7, 'sleep')} {stable_id('web', 'thread', 3)}\n"}


def test_keys_and_ids_are_distinct_64_bit_numbers():
    keys = [stream_key(seed, name) for seed, name in product([*range(-3, 200), 2**64 + 1], STREAMS)]
    names = ["a", "a1", "1", "", "a\0", "\0a", "ab"]
    ids = [stable_id(*parts) for parts in product(names, ["thread", "1thread", ""], range(40))]
    assert len(set(keys + ids)) == len(keys) + len(ids)
    assert all(0 <= number < 2**64 for number in keys + ids)
    assert max(keys) > 2**63


def test_an_unknown_stream_is_refused():
    with pytest.raises(ValueError, match="'compuet'; there are compute, sleep, lock"):
        stream_key(1, "compuet")


def test_streams_ids_seeds_and_draws_are_independent():
    series = [
        uniforms(),
        uniforms(seed=2),
        uniforms(stream="sleep"),
        uniforms(partition="web-2"),
        uniforms(index=1),
        uniforms(kind="request"),
        np.roll(uniforms(), 1),
        np.roll(uniforms(), 2),
    ]
    bound = 5 / np.sqrt(DRAWS)
    for one, other in combinations(series, 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < bound


@pytest.mark.parametrize("stream", sorted(STREAMS))
def test_uniform_numbers_fill_their_cells_evenly(stream):
    by_draw = uniforms(stream=stream)
    by_id = np.concatenate([uniforms(stream=stream, index=index, draws=1) for index in range(DRAWS)])
    for u in (by_draw, by_id):
        cells = 256
        pairs = np.floor(u[0::2] * 16) * 16 + np.floor(u[1::2] * 16)
        for cell in (np.floor(u * cells), pairs):
            counts = np.bincount(cell.astype(int), minlength=cells)
            expected = cell.size / cells
            chi_square = ((counts - expected) ** 2 / expected).sum()
            spread = np.sqrt(2 * (cells - 1))
            assert abs(chi_square - (cells - 1)) < 5 * spread
