from typing import Any

import tomli_w

from hvecs.spec.policy_file import policy_digest
from hvecs.spec.scenario import Scenario
from hvecs.spec.system_files import system_digests, system_of
from hvecs.spec.table import Table, is_array, kind_of, may_be_one


def resolved_toml(scenario: Scenario) -> str:
    """Write a scenario as TOML with every default filled in; loading it gives an equal scenario.

    A policy of the user's own, and each system, is named by the content of its file too, in a comment, for a run depends on it.
    Raises OSError when such a file cannot be read.
    """
    digest = policy_digest(scenario.host.scheduler)
    head = f"# host.scheduler: SHA-256 {digest}\n" if digest else ""
    for named, digest in system_digests(scenario.host.systems).items():
        head += f"# host.systems {system_of(named)[1]}: SHA-256 {digest}\n"
    return head + tomli_w.dumps(_table(scenario))


def _table(table: Table) -> dict[str, Any]:
    written = {}
    for name, field in type(table).model_fields.items():
        value, key = getattr(table, name), field.alias or name
        if value is None:
            continue
        kind = kind_of(field)
        write = kind.write if kind else _plain
        if may_be_one(field) and len(value) == 1:
            (value,) = value
            written[key] = write(value)
        else:
            written[key] = [write(each) for each in value] if is_array(field) else write(value)
    return written


def _plain(value: Any) -> Any:
    return _table(value) if isinstance(value, Table) else value
