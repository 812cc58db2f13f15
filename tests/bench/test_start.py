"""What a command takes that computes nothing, or one second: as ratios to Python with the libraries that it stands on."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench.children import watched
from tests.cli.helpers import command, environment

pytestmark = pytest.mark.bench

STUDY = Path(__file__).parents[2] / "runs" / "overcommitted.toml"
LIBRARIES = "import click, esper, numba, numpy, pyarrow.parquet, pydantic, rich.table"


def least(*arguments):
    """Give the least time (s) of a process, of five."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def test_help_is_quick():
    took, click = least("-m", "hvecs", "--help"), least("-c", "import click")
    print(f"--help: {took:.3f} s (wanted 0.1), importing click {click:.3f} s")
    assert took < 3 * click


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs resource")
def test_one_second_takes_what_the_libraries_take_and_as_much_again(tmp_path):
    """Kernels cold, in a folder of their own, then warm: CPU seconds, the least of five."""
    env = environment() | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    run = command("run", STUDY, "--duration", "1 s", "--out", tmp_path / "out", "-q")
    cold = watched(run, env=env)
    compiling = json.loads((tmp_path / "out" / "manifest.json").read_text())["timings"]["compile_s"]
    pairs = [
        (watched(run, env=env).cpu_s, watched([sys.executable, "-c", LIBRARIES]).cpu_s) for _ in range(5)
    ]
    warm, libraries = (min(of) for of in zip(*pairs, strict=True))
    print(
        f"1 s of the study: cold {cold.cpu_s:.1f} s of CPU (wanted 25), {compiling:.1f} of them to compile the loop, {cold.peak_mb:.0f} MB; "
        f"warm {warm:.2f} s (wanted 0.8), {warm / libraries:.2f} of the imports of libraries ({libraries:.2f} s)"
    )
    assert warm < 2 * libraries
    assert cold.cpu_s < 60 * warm
