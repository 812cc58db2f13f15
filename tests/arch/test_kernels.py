"""What kernels may not contain: constructs that differ between compiled and plain Python, and hidden randomness."""

import ast
import json
from pathlib import Path

import pytest

from tests.arch.plain import plain

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "systems").rglob("*.py"))
BANNED_NUMPY = {"log", "exp", "power", "sqrt", "random"}


def _kernels(tree, decorators=frozenset({"njit", "part", "rare", "small"})):
    """Yield the compiled functions of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
            if names & decorators:
                yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_kernels_use_only_what_agrees_to_the_bit(path):
    for kernel in _kernels(ast.parse(path.read_text())):
        for node in ast.walk(kernel):
            assert not isinstance(node, ast.Pow), f"{path.name}: {kernel.name} uses **"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "np":
                assert node.attr not in BANNED_NUMPY, f"{path.name}: {kernel.name} uses np.{node.attr}"


def test_there_are_kernels_to_look_at():
    found = [kernel.name for path in SOURCES for kernel in _kernels(ast.parse(path.read_text()))]
    assert {"run_events", "advance", "push", "philox4x32", "demand", "set_idle"} <= set(found)


@pytest.mark.journey
@pytest.mark.parametrize(("scenario", "begin", "end"), [("overcommitted", 0.5, 2), ("servers", 0.2, 0.4)])
def test_what_is_said_to_be_rare_is(scenario, begin, end):
    """On busy hosts, for which the code is laid out: no such kernel is called more than once in thirty events."""
    found = json.loads(plain("-m", "tests.arch.counting", f"runs/{scenario}.toml", str(begin), str(end)))
    rare = {
        f"{path.relative_to(ROOT).as_posix()}:{kernel.name}"
        for path in SOURCES
        for kernel in _kernels(ast.parse(path.read_text()), {"rare"})
    }
    assert len(rare) > 100
    assert found["events"] > 2000
    often = {name: calls for name, calls in found["calls"].items() if calls > found["events"] / 30}
    assert "systems/state/accounting.py:charge_lp" in often
    assert rare & often.keys() == set()


@pytest.mark.parametrize("room", ["hvecs", "systems", "components"])
def test_randomness_comes_from_the_streams_only(room):
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert "random" not in {alias.name for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in {"random", "numpy.random"}, path
            elif isinstance(node, ast.Attribute):
                assert not (node.attr == "random" and getattr(node.value, "id", "") in {"np", "numpy"}), path


def test_no_module_is_longer_than_400_lines():
    for room in ("hvecs", "systems", "components"):
        for path in (ROOT / room).rglob("*.py"):
            assert path.read_text().count("\n") <= 400, path
