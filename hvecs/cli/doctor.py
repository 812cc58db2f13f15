"""`hvecs doctor`: whether hvecs works on this machine."""

import os
import platform
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import click

from hvecs import __version__
from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import FAILED, Failure
from hvecs.cli.options import DEFAULT_OUT, Changes, json_option, pass_terminal, talk_options
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import listed

NEEDED: Final = {
    "click": "8.1",
    "esper": "3.9",
    "numba": "0.68",
    "numpy": "2.0",
    "pyarrow": "17",
    "pydantic": "2.8",
    "rich": "13",
    "scipy": "1.13",
    "tomli-w": "1.0",
    "tree-sitter": "0.23",
    "tree-sitter-toml": "0.7",
}
"""What hvecs needs at run time, and the least version of it."""

_PYTHON: Final = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at, whether it is well, and what was seen."""

    subject: str
    ok: bool
    seen: str


@click.command("doctor")
@json_option
@talk_options
@pass_terminal
def command(terminal: Terminal, *, as_json: bool) -> None:
    """Check that hvecs works on this machine.

    Looks at versions, the rooms of the program, the cache of compiled code and the folder of results, and simulates a
    second. The exit code is 1 if anything is wrong.
    """
    checks = {
        "hvecs": _hvecs,
        "rooms": _rooms,
        "python": _python,
        **{name: _needs(name, least) for name, least in NEEDED.items()},
        "processors": lambda: (True, str(os.cpu_count())),
        "kernel cache": _cache,
        "results": _results,
        "a second": lambda: _second(terminal),
    }
    findings = [_looked_at(subject, check) for subject, check in checks.items()]
    if as_json:
        print_json({"ok": all(each.ok for each in findings), "findings": [asdict(each) for each in findings]})
    else:
        print_answer(listed([(_mark(each), each.seen) for each in findings]))
    if not all(each.ok for each in findings):
        raise Failure(FAILED, "something is wrong; see above")


def _mark(finding: Finding) -> str:
    return f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject}"


def _looked_at(subject: str, check: Callable[[], tuple[bool, str]]) -> Finding:
    """Do one check; whatever it raises is what is wrong."""
    try:
        return Finding(subject, *check())
    except Failure as failure:
        return Finding(subject, ok=False, seen="; ".join([*failure.problems, failure.message]))
    except Exception as error:  # noqa: BLE001 - a doctor looks at what is broken
        return Finding(subject, ok=False, seen=f"{type(error).__name__}: {error}")


def _hvecs() -> tuple[bool, str]:
    from hvecs.output.software import git_commit  # noqa: PLC0415 - what does not load is told, like all else

    commit = git_commit()
    return True, f"{__version__}, {f'commit {commit}' if commit else 'no commit'}, in {_home()}"


def _home() -> Path:
    return Path(__file__).resolve().parent.parent


def _rooms() -> tuple[bool, str]:
    import components  # noqa: PLC0415
    import systems  # noqa: PLC0415

    rooms = [Path(room.__file__ or "").resolve().parent for room in (systems, components)]
    beside = all(room.parent == _home().parent for room in rooms)
    return beside, f"{' and '.join(map(str, rooms))} {'are' if beside else 'are not'} beside {_home()}"


def _python() -> tuple[bool, str]:
    version = platform.python_version()
    return tuple(
        map(int, platform.python_version_tuple()[:2])
    ) >= _PYTHON, f"{version} on {platform.platform()}"


def _needs(name: str, least: str) -> Callable[[], tuple[bool, str]]:
    def check() -> tuple[bool, str]:
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            return False, f"not installed; {least} or later is needed"
        enough = _numbers(found) >= _numbers(least)
        return enough, found if enough else f"{found}; {least} or later is needed"

    return check


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _cache() -> tuple[bool, str]:
    from systems import loop  # noqa: PLC0415
    from systems.kernels import code_folder  # noqa: PLC0415

    folder, unsafe = code_folder.cache_folder(), code_folder.unsafe_base()
    remark = "" if unsafe is None else f"; {unsafe} is not used, for others can write it"
    if folder is None:
        nothing = (
            "none: every run compiles its kernels" if code_folder.is_warm() is False else "not compiling"
        )
        return unsafe is None, f"{nothing}{remark}"
    kept, damaged = code_folder.damaged_files()
    if damaged:
        names = ", ".join(path.name for path in damaged)
        remark += f"; damaged, to be discarded and compiled anew: {names}"
    state = "warm" if code_folder.is_warm(loop.advance) else "cold: the next run compiles, once"
    return unsafe is None and not damaged, f"{folder}, {kept} kernels, {state}{remark}"


def _results() -> tuple[bool, str]:
    """Say whether the default folder of results can be written, or made."""
    folder = DEFAULT_OUT.absolute()
    nearest = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not nearest.is_dir():
        return False, f"{nearest} is not a folder"
    can = os.access(nearest, os.W_OK | os.X_OK)
    return can, f"{folder} {'can be written' if can else f'cannot be written: no right to write {nearest}'}"


def _second(terminal: Terminal) -> tuple[bool, str]:
    """Simulate a second of the scenario that `hvecs new` writes, tables and all."""
    from hvecs.cli.execution import Execution, execute  # noqa: PLC0415
    from hvecs.cli.new import template  # noqa: PLC0415
    from hvecs.cli.scenarios import read_scenario  # noqa: PLC0415
    from hvecs.output.identity import RunSource  # noqa: PLC0415
    from hvecs.running import Job  # noqa: PLC0415

    with TemporaryDirectory(prefix="hvecs-doctor-") as folder:
        file = Path(folder, "doctor.toml")
        file.write_text(template("doctor"), encoding="utf-8")
        scenario = read_scenario(file, Changes(("scenario.warm_up=0 s",), duration="1 s"))
        source = RunSource(scenario=file, resolved="", seed=1)
        begin = perf_counter()
        execute(Execution(Job(scenario), source, Path(folder, "out")), terminal)
        return True, f"of simulated time took {perf_counter() - begin:.2f} s"
