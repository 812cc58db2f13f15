"""JSON that notices damage: its last member is the SHA-256 of all bytes before it."""

import hashlib
import re
from typing import Any, Final

_MEMBER: Final = re.compile(rb',\n  "sha256": "([0-9a-f]{64})"\n}\n\Z')


def sealed(text: str) -> bytes:
    """Add the hash to an indented JSON object, which ends in a line of its closing brace."""
    body = text.rstrip("\n").removesuffix("\n}").encode("utf-8")
    digest = hashlib.sha256(body).hexdigest()
    return body + f',\n  "sha256": "{digest}"\n}}\n'.encode()


def is_sealed(content: bytes) -> bool:
    """Say whether an object is as it was written."""
    found = _MEMBER.search(content[-128:])
    if found is None:
        return False
    body = content[: len(content) - len(found[0])]
    return hashlib.sha256(body).hexdigest() == found[1].decode()


def printable(value: Any) -> Any:
    r"""Give plain data with text for every string: a byte 255 that is no UTF-8, in Python a surrogate, becomes `\udcff`."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {printable(key): printable(each) for key, each in value.items()}
        case list() | tuple():
            return [printable(each) for each in value]
    return value
