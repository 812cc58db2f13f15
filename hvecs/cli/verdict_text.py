"""The verdict as text: what holds, the gravest first, and who suffers most."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from hvecs.cli.text import counted, listed, some
from hvecs.verdict import Finding, Verdict
from hvecs.verdict.sufferers import Sufferer
from hvecs.verdict.words import host_in_words

_MOST_FINDINGS: Final = 8
_MOST_SUFFERERS: Final = 5


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """Give a verdict as plain data, as it stands in the answers of commands."""
    found: dict[str, Any] = {
        "verdict": verdict.verdict,
        "provisioning": verdict.provisioning,
        "host": dict(verdict.host),
        "findings": [_data(each) for each in verdict.findings],
        "sufferers": [_data(each) for each in verdict.sufferers],
    }
    if verdict.hosts:
        of_host = ("verdict", "provisioning", "host")
        each = {name: verdict_data(one) for name, one in verdict.hosts.items()}
        found["hosts"] = {name: {key: one[key] for key in of_host} for name, one in each.items()}
    return found


def _data(found: Finding | Sufferer) -> dict[str, Any]:
    """Give a finding or a sufferer as plain data, its host where there are several."""
    data = asdict(found)
    return data if found.host else {key: value for key, value in data.items() if key != "host"}


def verdict_text(judged: Mapping[str, Any]) -> str:
    """Write a verdict that is given as plain data: `verdict`, `provisioning`, `host`, `findings` and `sufferers`; of several hosts `hosts`."""
    return "\n".join(
        part for part in (_first(judged), _hosts(judged), _findings(judged), _sufferers(judged)) if part
    )


def _first(judged: Mapping[str, Any]) -> str:
    verdict, host = judged["verdict"], judged["provisioning"]
    if verdict is None:
        return "verdict: none, nothing was measured"
    also = f"; host {host}" if host not in {None, verdict} else ""
    figures = ", ".join(host_in_words(judged["host"]))
    return f"verdict: {verdict}{also}" + (f"\n  {figures}" if figures else "")


def _hosts(judged: Mapping[str, Any]) -> str:
    """Write the verdict on each of several hosts."""
    entries = []
    for name, each in judged.get("hosts", {}).items():
        also = f"; host {each['provisioning']}" if each["provisioning"] not in {None, each["verdict"]} else ""
        entries.append((f"{name}:", ", ".join([f"{each['verdict']}{also}", *host_in_words(each["host"])])))
    return listed(entries, indent="  ") if entries else ""


def _findings(judged: Mapping[str, Any]) -> str:
    found = [each for each in judged["findings"] if each["severity"] != "note"]
    if not found:
        return ""
    entries = [(f"{each['severity']}:", each["text"]) for each in found[:_MOST_FINDINGS]]
    left = len(found) - _MOST_FINDINGS
    more = f"\n  and {counted(left, 'more finding')}" if left > 0 else ""
    advice = f"\n{listed([('what to do:', found[0]['advice'])], indent='  ')}" if found[0]["advice"] else ""
    return listed(entries, indent="  ") + more + advice


def _whose(sufferer: Mapping[str, Any]) -> str:
    host = sufferer.get("host")
    return f"{sufferer['name']} on {host}" if host else str(sufferer["name"])


def _sufferers(judged: Mapping[str, Any]) -> str:
    found = judged["sufferers"]
    if not found:
        return ""
    entries = [(_whose(each), each["why"]) for each in found[:_MOST_SUFFERERS]]
    more = [each["name"] for each in found[_MOST_SUFFERERS:]]
    rest = f"\n  and {some(more, 4)}" if more else ""
    return f"who suffers most:\n{listed(entries, indent='  ')}{rest}"
