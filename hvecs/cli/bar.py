"""The progress bar of a run on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from hvecs.cli.clean import raw_stderr


@contextmanager
def bar(written: Callable[[int], str], how: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr and give what moves it; it is gone at the end. Beside it stands what is done, as `written`, and `how`."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(
        *columns,
        console=Console(file=raw_stderr()),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as progress:
        task = progress.add_task("simulating", total=None)

        def move(now: int, end: int) -> None:
            progress.update(task, completed=now, total=end, description=f"{written(now)} {how}")

        yield move
