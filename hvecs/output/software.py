"""The software that a run ran on, for its manifest."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Final, TypedDict

import hvecs
from hvecs.output.schema import SCHEMA_VERSION

_GIT_TIMEOUT_S: Final = 10
_ELSEWHERE: Final = {"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR"}
"""Set by git for its hooks: they would send the question to the repository that runs the hook."""

PACKAGE: Final = Path(hvecs.__file__).resolve().parent


class Software(TypedDict):
    """The fields of a manifest that say what hvecs itself ran on."""

    schema_version: str
    version: str
    git_commit: str | None
    python: str
    numpy: str | None
    numba: str | None
    pyarrow: str | None
    platform: str


def software() -> Software:
    """Give the versions of hvecs and of what its results depend on; nothing is imported for it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "version": hvecs.__version__,
        "git_commit": git_commit(),
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "numba": _version("numba"),
        "pyarrow": _version("pyarrow"),
        "platform": platform.platform(),
    }


def git_commit(package: Path = PACKAGE) -> str | None:
    """Give the commit of the checkout that `package` lies at the top of, None if it is in none.

    A package that was installed somewhere below another repository is not of that repository.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    try:
        asked = subprocess.run(
            ["git", "-C", str(package), "rev-parse", "--show-toplevel", "HEAD"],
            capture_output=True,
            check=True,
            encoding="utf-8",
            env=environment,
            timeout=_GIT_TIMEOUT_S,
        )
        top, commit = asked.stdout.splitlines()
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return commit if Path(top).resolve() == package.parent.resolve() else None


def _version(distribution: str) -> str | None:
    """Give the version of an installed distribution, None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
