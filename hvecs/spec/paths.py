"""Paths of keys, as `--set` and axes have them: keys joined by dots, a key that is not bare in quotes, as in TOML."""

import json
import re
import tomllib
from typing import Final

from hvecs.spec.problems import Steps

_BARE: Final = r"[A-Za-z0-9_-]+"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"' + r"|'[^']*'"
_STEP: Final = re.compile(rf"\[(?P<index>[0-9]{{1,9}})\]|(?P<dot>\.?)(?P<key>{_BARE}|{_QUOTED})")
_PATH: Final = re.compile(rf"(?:\[[0-9]{{1,9}}\]|\.?(?:{_BARE}|{_QUOTED}))+")

_WRITTEN: Final = re.compile(rf"(?:{_QUOTED}|[^.\"'])+")


def read_path(text: str) -> Steps | None:
    """Give the keys and indices of a path such as `partition."SQL Server 01".memory`; None if it is not one."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            return None
        if found["index"] is not None:
            steps.append(int(found["index"]))
        elif bool(found["dot"]) != bool(steps):
            return None
        else:
            try:
                steps.append(_key(found["key"]))
            except ValueError:
                return None
        at = found.end()
    return tuple(steps) if steps and isinstance(steps[0], str) else None


def split_setting(text: str) -> tuple[str, str | None]:
    """Cut `path=value` in two at the first `=` that is not inside a quoted key; the value is None without any."""
    start = len(text) - len(text.lstrip())
    found = _PATH.match(text, start)
    end = text.find("=", found.end() if found else start)
    if end < 0:
        return text.strip(), None
    return text[:end].strip(), text[end + 1 :].strip()


def key_texts(path: str) -> list[str]:
    """Give the keys of a path as they are written in it, an index with the key before it."""
    return _WRITTEN.findall(path)


def key_text(key: str) -> str:
    """Write one key as paths have it."""
    return key if re.fullmatch(_BARE, key) else json.dumps(key, ensure_ascii=False)


def _key(text: str) -> str:
    if text[0] not in "\"'":
        return text
    return next(iter(tomllib.loads(f"{text} = 0")))
