"""Every source key that is cited stands in `hvecs guide sources`, and none stands there that nothing cites."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from hvecs.agreement.cases import read_cases
from tests.cli.helpers import CHECKOUT

GUIDE = CHECKOUT / "hvecs" / "guide"
TEXT = (tokenize.STRING, tokenize.COMMENT)
NO_KEYS = {"SCENARIO", "KEY", "ARGS", "WORD", "CASE", "HOST"}
"""What else stands in brackets, in capitals: what a command takes."""
KEY = re.compile(r"[A-Z][A-Za-z]*[0-9A-Z]+(?:-[A-Za-z0-9]+)*|Friedman|Fredman|Virtualization-Documentation")


def listed() -> set[str]:
    rows = re.findall(r"^\| ([^|]+) \|", (GUIDE / "sources.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {key for row in rows[2:] for key in row.split(", ")}


def texts() -> Iterator[str]:
    """Give what our packages say in strings and comments, and the other chapters of the guide."""
    for package in ("components", "systems", "hvecs"):
        for path in sorted((CHECKOUT / package).rglob("*.py")):
            with tokenize.open(path) as file:
                yield "\n".join(
                    token.string for token in tokenize.generate_tokens(file.readline) if token.type in TEXT
                )
    yield from (
        path.read_text(encoding="utf-8") for path in sorted(GUIDE.glob("*.md")) if path.stem != "sources"
    )


def cited(text: str) -> set[str]:
    """Give the keys of a text: of each part of what stands in brackets, the words it begins with that are keys."""
    parts = (
        part
        for found in re.findall(r"\[([^\[\]]{2,200})\]", text)
        for part in re.split(r"[,;:]| - | to ", found)
    )
    words = (word for part in parts for word in _keys(part.split()))
    return set(words) - NO_KEYS


def _keys(words: list[str]) -> list[str]:
    return [word for number, word in enumerate(words) if all(map(KEY.fullmatch, words[: number + 1]))]


def everywhere() -> set[str]:
    found = {source for source in (case.source for case in read_cases().values()) if source != "closed form"}
    return found.union(*map(cited, texts()))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("as documented [TLFS2 18.2; WIN32]", {"TLFS2", "WIN32"}),
        ("[Friedman: the hypervisor\ndoes not see it]", {"Friedman"}),
        ("[P1 P2 - P9], [W13] and [LIST; X2]", {"X2", "P1", "P2", "P9", "W13", "LIST"}),
        ("[a-z], [0, 1], [Any] and [the root]", set()),
    ],
)
def test_a_citation_is_a_key_in_brackets(text, keys):
    assert cited(text) == keys


def test_every_key_that_is_cited_is_listed():
    assert everywhere() - listed() == set()


def test_every_key_that_is_listed_is_cited():
    assert listed() - everywhere() == set()


def test_there_is_something_to_find():
    assert len(listed()) > 30
    assert Path(GUIDE / "sources.md").exists()


def test_nothing_cites_a_document_that_is_not_there():
    """Notes of which readers have nothing: whatever stands in brackets, or after a colon in parentheses, names a source by its key."""
    assert [text[:80] for text in texts() if re.search(r"[\[(]facts\b|\bGAP \d", text)] == []
