"""What a shell offers to complete: chapters of the guide, keys of a scenario, commands."""

from collections.abc import Callable, Iterable, Iterator

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completed_by(words: Callable[[], Iterable[str]]) -> Complete:
    """Give the completion of a parameter: those of `words` that begin as what is typed does."""

    def complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(word) for word in words() if word.startswith(incomplete)]

    return complete


def scenario_paths() -> Iterator[str]:
    """Give the path of every key of a scenario."""
    from hvecs.spec.reference import scenario_keys  # noqa: PLC0415 - pydantic takes time to load

    return (key.path for key in scenario_keys())


def settings() -> Iterator[str]:
    """Give the keys that --set may name as they are; those of partitions and shared devices begin with the name of one."""
    named = ("partition.", "storage.", "network.")
    return (f"{path}=" for path in dict.fromkeys(scenario_paths()) if not path.startswith(named))
