"""Which tests reach which line of the kernels and how long each takes, uncompiled, and whether they fail."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from coverage import CoverageData

_PYTEST = (
    *(sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "--noconftest"),
    *("--disable-plugin-autoload", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin"),
    *("-p", "tests.mutation.cpu_limit", "-m"),
    "not statistical and not journey and not bench and not services and not fuzz and not mutation",
)
"""How the tests are run in a process that compiles nothing."""
_LONGEST_S = 6
"""Tests that take more CPU seconds, while what they reach is recorded, are left out."""
_DURATION = re.compile(r"^([\d.]+)s call +(\S.*)$")
_RUNS_NO_KERNEL = re.compile(r"test_(spec|output|report|sweep|cli)_")


def _uncompiled(root, cpu_s):
    """Return the environment in which the kernels below `root` run as plain Python, and a test so many CPU seconds at most."""
    plain = {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return os.environ | plain | {"HVECS_TEST_CPU_S": str(cpu_s)}


def record(root, out):
    """Run the tests of the kernels below `root`, as many files at once as there are CPUs, and keep in `out` what they reach and take."""
    out.mkdir(exist_ok=True)
    files = [
        path.relative_to(root).as_posix()
        for folder in ("unit", "property")
        for path in sorted((root / "tests" / folder).glob("test_*.py"))
        if not _RUNS_NO_KERNEL.match(path.name)
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda file: _record_file(root, out, file), files))


def _record_file(root, out, file):
    kept = out / f"{Path(file).parent.name}-{Path(file).stem}.log"
    if kept.exists():
        return
    ran = subprocess.run(
        [
            *_PYTEST,
            *("-p", "pytest_cov", "--cov=systems", "--cov-context=test", "--cov-report="),
            *("--durations=0", "--durations-min=0", file),
        ],
        cwd=root,
        env=_uncompiled(root, _LONGEST_S) | {"COVERAGE_FILE": str(kept.with_suffix(".coverage"))},
        capture_output=True,
        text=True,
        check=False,
    )
    kept.write_text(ran.stdout, encoding="utf-8")


def fails(root, tests, seconds):
    """Tell whether one of the tests below `root` fails, or they do not come to an end within so many seconds."""
    try:
        ran = subprocess.run(
            [*_PYTEST, "-x", *tests],
            cwd=root,
            env=_uncompiled(root, 2 * _LONGEST_S),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    return ran.returncode != 0


class Covering:
    """The tests by the lines that they reach, read from what `record` kept in `out`."""

    def __init__(self, root, out):
        self._took = {}
        self._tests = defaultdict(lambda: defaultdict(set))
        for log in sorted(out.glob("*.log")):
            self._read(root.resolve(), log)

    def _read(self, root, log):
        lines = log.read_text(encoding="utf-8").splitlines()
        found = (_DURATION.match(line) for line in lines)
        failed = {line.split(" ")[1] for line in lines if line.startswith("FAILED ")}
        took = {match[2]: float(match[1]) for match in found if match and match[2] not in failed}
        self._took |= took
        if not (kept := log.with_suffix(".coverage")).exists():
            return
        data = CoverageData(str(kept))
        data.read()
        for name in data.measured_files():
            reached = self._tests[Path(name).relative_to(root).as_posix()]
            for line, contexts in data.contexts_by_lineno(name).items():
                reached[line] |= {each.removesuffix("|run") for each in contexts} & took.keys()

    def tests(self, path, line, budget_s):
        """Return the tests that reach a line, the quickest first, as many as take `budget_s` together."""
        chosen = []
        for test in sorted(self._tests[path][line], key=self._took.__getitem__):
            budget_s -= self._took[test]
            if budget_s < 0 and chosen:
                break
            chosen.append(test)
        return chosen
