"""Compiled kernels and plain Python agree to the bit: two processes print hashes of the same results."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import hashlib
import numpy as np
from systems.kernels.distributions import draw_ns
from systems.kernels.histogram import BUCKETS, bucket_of, percentile, value_of
from systems.kernels.normal import normal_quantile
from systems.kernels.philox import uniform

key, one = np.uint64(0xFEDCBA9876543210), np.uint64(0x8123456789ABCDEF)
u = [uniform(key, one, draw) for draw in range(6000)]
u += [2.0**-k for k in range(1, 54)] + [1 - 2.0**-k for k in range(1, 54)]
u += [0.075, 0.925, 1.3887943864964021e-11]
values = np.arange(100, 137, dtype=np.int64)
parameters = [(0, 5e6), (1, 3e6), (2, 1e3, 9e8), (3, 14.0, 1.7), (3, 10.0, 300.0), (4, 2e5, 1.1), (4, 3.0, 0.01), (5, 0.0)]

def show(name, results, kind):
    print(name, hashlib.sha256(np.array(results, dtype=kind).tobytes()).hexdigest())

show("uniform", u, np.float64)
show("normal", [normal_quantile(x) for x in u], np.float64)
counts = np.zeros(BUCKETS, np.int64)
for kind, a, b in ((*p, 0.0)[:3] for p in parameters):
    drawn = [draw_ns(kind, a, b, 3, 31, values, x) for x in u]
    show(f"draws {kind}", drawn, np.int64)
    buckets = [bucket_of(ns) for ns in drawn]
    show(f"buckets {kind}", buckets, np.int64)
    np.add.at(counts, buckets, 1)
show("middles", [value_of(bucket) for bucket in range(BUCKETS)], np.float64)
show("percentiles", [percentile(counts, counts.sum(), p) for p in (0.0, 0.5, 0.95, 0.99, 1.0)], np.float64)
"""


def hashes(**settings):
    root = Path(__file__).parents[2]
    env = {
        **{k: v for k, v in os.environ.items() if k != "NUMBA_DISABLE_JIT"},
        "PYTHONPATH": str(root),
        **settings,
    }
    command = [sys.executable, "-W", "error", "-c", SCRIPT]  # -W: numpy warns where an integer overflows
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_compiled_and_uncompiled_agree_to_the_bit():
    compiled = hashes()
    assert len(compiled) == 20
    assert hashes(NUMBA_DISABLE_JIT="1") == compiled
