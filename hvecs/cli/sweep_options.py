"""The options of commands that make sweeps or show what came of them, each group as one value."""

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from hvecs.cli.compare import share_of
from hvecs.cli.sweep_request import Precision, Shown, Tls

if TYPE_CHECKING:
    from hvecs.sweep.execution import Shard

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

jobs_option: Final = click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Number of processes.  [default: all processors]",
)

baseline_option: Final = click.option(
    "--baseline",
    multiple=True,
    metavar="POINT",
    help="Show differences against this point: its number, or PATH=VALUE, repeatable.",
)


def shown_options(command: _Decorated) -> _Decorated:
    """Add --outcome, --top and --all; the command gets them as one value, `shown`."""

    @wraps(command)
    def told(*args: Any, outcomes: tuple[str, ...], top: int | None, everything: bool, **kwargs: Any) -> Any:
        if (bool(outcomes), top is not None, everything).count(True) > 1:
            raise click.UsageError("--outcome, --top and --all exclude each other")
        return command(*args, shown=Shown(outcomes, top, everything), **kwargs)

    for option in (_ALL, _TOP, _OUTCOME):
        told = option(told)
    return cast("_Decorated", told)


def tls_options(command: _Decorated) -> _Decorated:
    """Add --tls-ca, --tls-cert and --tls-key; the command gets them as one value, `tls`."""

    @wraps(command)
    def told(*args: Any, tls_ca: str | None, tls_cert: str | None, tls_key: str | None, **kwargs: Any) -> Any:
        return command(*args, tls=Tls(tls_ca, tls_cert, tls_key), **kwargs)

    for option in reversed(_TLS):
        told = option(told)
    return cast("_Decorated", told)


def read_shard(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> "Shard | None":
    """Read `3/64`."""
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", text)
    if found is None or int(found[1]) > int(found[2]):
        raise click.BadParameter(f'expected one such as "3/64"; got {text!r}')
    return int(found[1]), int(found[2])


def precision_of(until_ci: str | None, most: int, shard: "Shard | None") -> Precision | None:
    """Give what --until-ci asks for."""
    if until_ci is None:
        return None
    share = share_of(until_ci, "--until-ci")
    if not share > 0:
        raise click.BadParameter("expected more than 0 %", param_hint="--until-ci")
    if shard is not None:
        raise click.UsageError("--until-ci looks at all runs; it cannot be used with --shard")
    return Precision(share, most)


_OUTCOME: Final = click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    metavar="NAME",
    help='An outcome to print, such as web.response_p95 or "*.ready_ns"; repeatable.',
)
_TOP: Final = click.option(
    "--top",
    type=click.IntRange(1),
    metavar="N",
    help="Print the N outcomes that moved most.  [default: those of the file, else 3]",
)
_ALL: Final = click.option(
    "--all", "everything", is_flag=True, help="Print all outcomes at all points, however many lines that are."
)
_TLS: Final = (
    click.option(
        "--tls-ca",
        metavar="FILE",
        help="Certificate of the authority that a tls:// scheduler is checked by.",
    ),
    click.option("--tls-cert", metavar="FILE", help="Our certificate for a tls:// scheduler."),
    click.option("--tls-key", metavar="FILE", help="The key of our certificate."),
)
