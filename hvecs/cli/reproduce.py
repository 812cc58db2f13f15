"""`hvecs reproduce`: published measurements and closed forms, simulated again."""

from typing import TYPE_CHECKING, Any, Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import DIFFERS, USAGE, Failure
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import aligned, digits, percent

_WIDE: Final = 120

if TYPE_CHECKING:
    from hvecs.agreement.cases import Case, Expected
    from hvecs.agreement.reproduction import Finding


@click.command("reproduce")
@click.argument("names", metavar="[CASE]...", nargs=-1)
@click.option(
    "--jobs", type=click.IntRange(1, 1024), default=1, help="Processes that run cases.", show_default=True
)
@click.option(
    "--fit", is_flag=True, help="Fit the published benchmark again, under two explanations; takes minutes."
)
@json_option
@talk_options
@click.pass_obj
def command(terminal: Terminal, names: tuple[str, ...], *, jobs: int, fit: bool, as_json: bool) -> None:
    """Simulate published measurements and closed forms, and say how far off they are.

    All of them, or the CASEs named.

    Of each figure: what is expected, the simulated mean over seeds with its 95 % interval, the error, and whether the parameters were
    fitted to it, or it is predicted, or exact by a closed form. The exit code is 4 if one is outside its tolerance. hvecs guide
    agreement says what the cases are.

    With --fit: the figures of the benchmark's host and code, by its four elapsed times alone, each with its 95 % interval or that it is not
    identified, and what they predict for two and for three guests.
    """
    if fit:
        if names:
            raise click.UsageError("--fit is of the benchmark; it takes no CASE")
        _fit(terminal, jobs, as_json=as_json)
        return
    from hvecs.agreement.reproduction import reproduce  # noqa: PLC0415 - the kernels take time to load

    cases = _chosen(names)
    with terminal.progress(runs=True) as progress:
        findings = reproduce(cases, jobs, progress)
    if as_json:
        print_json(
            {"cases": [_plain(each) for each in findings], "ok": all(each.agrees for each in findings)}
        )
    else:
        print_answer(_text(findings))
    wrong = sorted({each.case.name for each in findings if not each.agrees})
    if wrong:
        raise Failure(DIFFERS, f"outside its tolerance: {', '.join(wrong)}")


def _fit(terminal: Terminal, jobs: int, *, as_json: bool) -> None:
    from hvecs.agreement.benchmark import EXPLANATIONS, fit_all  # noqa: PLC0415 - the kernels take time to load
    from hvecs.cli.reproduce_fit import fit_data, fit_text  # noqa: PLC0415

    terminal.say("fitting the benchmark: some minutes for each explanation")
    fits = fit_all(EXPLANATIONS, jobs)
    if as_json:
        print_json({"fits": fit_data(fits), "ok": all(each.agrees for each in fits)})
    else:
        print_answer(fit_text(fits))
    wrong = [each.explanation.name for each in fits if not each.agrees]
    if wrong:
        raise Failure(DIFFERS, f"a published time is missed by more than 3 %: {', '.join(wrong)}")


def _chosen(names: tuple[str, ...]) -> list["Case"]:
    from hvecs.agreement.cases import read_cases  # noqa: PLC0415

    cases = read_cases()
    for name in names:
        if name not in cases:
            raise Failure(USAGE, f"no case {name!r}; there are {', '.join(cases)}")
    return [case for name, case in cases.items() if not names or name in names]


def _plain(finding: "Finding") -> dict[str, Any]:
    case, expected, found = finding.case, finding.expected, finding.estimate
    return {
        "case": case.name,
        "title": case.title,
        "source": case.source,
        "what": expected.what,
        "kind": expected.kind,
        "unit": expected.unit,
        "expected": expected.value,
        "low": expected.low,
        "high": expected.high,
        "n": found.n,
        "mean": found.mean,
        "mean_low": found.low,
        "mean_high": found.high,
        "error_pct": finding.error_pct,
        "ok": finding.agrees,
    }


def _text(findings: list["Finding"]) -> str:
    rows = [["case", "figure", "expected", "simulated", "95 % interval", "error %", "kind", ""]]
    for each in findings:
        found, unit = each.estimate, each.expected.unit
        interval = "-" if found.low is None else f"{digits(found.low)} to {digits(found.high)}"
        rows.append(
            [
                each.case.name,
                each.expected.what,
                f"{_wanted(each.expected)} {unit}".rstrip(),
                f"{digits(found.mean)} {unit}".rstrip(),
                interval,
                percent(each.error_pct),
                each.expected.kind,
                "" if each.agrees else "OUTSIDE",
            ]
        )
    return aligned(rows, right=range(2, 6), most=_WIDE)


def _wanted(expected: "Expected") -> str:
    if expected.value is not None:
        return digits(expected.value)
    low, high = expected.low, expected.high
    if high == float("inf"):
        return f">= {digits(low)}"
    return f"<= {digits(high)}" if low == float("-inf") else f"{digits(low)} to {digits(high)}"
