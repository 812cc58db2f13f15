"""Answers go to stdout, as text or as one JSON object, and nothing else does."""

import json
import math
import os
import sys
from contextlib import suppress
from io import UnsupportedOperation
from typing import Any

import click

from hvecs.cli.failure import FAILED, Failure
from hvecs.cli.text import fitted


def print_answer(text: str, *, as_it_is: bool = False) -> None:
    """Write `text` and a line end to stdout; a reader who has gone (`| head`) is no error.

    On a terminal, lines that are too long for it are wrapped at words, unless the text is a file or code, `as_it_is`.

    Raises:
        Failure: stdout cannot be written, a full disk for instance.
    """
    try:
        click.echo(text if as_it_is else fitted(text))
    except BrokenPipeError:
        forget_stdout()
    except OSError as error:
        forget_stdout()
        raise Failure(FAILED, f"cannot write the answer: {error.strerror}") from error


def print_json(answer: Any) -> None:
    """Write `answer` to stdout as JSON, NaN as null."""
    print_answer(json.dumps(_finite(answer), indent=2, allow_nan=False), as_it_is=True)


def forget_stdout() -> None:
    """Send what is still in the buffer of stdout nowhere, so that the interpreter does not complain at its end."""
    with suppress(UnsupportedOperation):  # it is no file of the system's
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case float() if not math.isfinite(value):
            return None
    return value
