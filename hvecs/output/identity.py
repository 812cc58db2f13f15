"""The identity of a run: what was asked, not when or where."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hvecs import __version__
from hvecs.output.schema import SCHEMA_VERSION

_DOMAIN = "hvecs run"


def run_id(
    resolved: str, seed: int, *, schema_version: str = SCHEMA_VERSION, version: str = __version__
) -> str:
    """Name a run by "r" and 12 hex digits of the SHA-256 of all that its tables depend on.

    Each field is preceded by its length in bytes, so that no two different sets of fields give the same text.

    Args:
        resolved: the resolved scenario, as text.
        seed: the seed of the run.
        schema_version: version of the tables.
        version: version of hvecs.
    """
    digest = hashlib.sha256()
    for field in (_DOMAIN, resolved, str(seed), schema_version, version):
        data = field.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return f"r{digest.hexdigest()[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSource:
    """What a run is made from.

    `scenario` is the scenario file, `resolved` the text of the resolved scenario, and `inputs` are the further files
    that the run reads. The command line `argv` is kept for the record; it is no part of the identity.
    """

    scenario: Path
    resolved: str
    seed: int
    argv: Sequence[str] = ()
    inputs: Sequence[Path] = ()

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return run_id(self.resolved, self.seed)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that the run reads, the scenario file first."""
        return (self.scenario, *self.inputs)
