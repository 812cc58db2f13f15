"""Keys of files as text: what is printed of each."""

from hvecs.cli.text import listed
from hvecs.spec.reference import BY, REQUIRED, Key


def key_text(key: Key) -> str:
    """Write a key with its default, where it holds, what it is and what it takes."""
    words = {"": "", REQUIRED: "  required"} | {word: f"  {word}" for word in BY.values()}
    default = words.get(key.default, f" = {key.default}")
    when = f"  where {key.when}" if key.when else ""
    entries = [("is", key.description), ("takes", key.type), ("but", key.status)]
    body = listed([(term, text) for term, text in entries if text], indent="    ")
    return f"{key.path}{default}{when}\n{body}"
