"""`hvecs calibrate` recovers what is known of hosts, by way of their logs, and says what it cannot."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from hvecs.cli import invoke
from hvecs.spec import load
from hvecs.spec.intercepts import PRESETS
from tests.known_hosts import Known, KnownHost, add_noise

pytestmark = pytest.mark.journey

SMALL = KnownHost(4, 3.0, (Known("SQL Server 01", 2, 600.0, 900), Known("web", 2, 250.0, 2400)))
BUSY = KnownHost(2, 2.0, (Known("a", 2, 500.0, 1000), Known("b", 2, 300.0, 1500), Known("c", 1, 400.0, 500)))


def captured(folder, host, seconds=60, drop=(), text=None):
    """Run a host, and make a capture of its logs with noise in every cell; counters in `drop` are not logged."""
    rng = np.random.default_rng(len(host.guests))
    (folder / "known.toml").write_text(text or host.text(seconds), encoding="utf-8")
    (folder / "guess.toml").write_text(host.blurred(rng).text(seconds, seed=9), encoding="utf-8")
    for words in (
        ["run", "-q", "known.toml", "--out", "known"],
        ["export", "perfmon", "-q", "known", "--out", "logs"],
    ):
        assert invoke(words) == 0, words
    add_noise(folder / "logs", rng)
    if drop:
        without(folder / "logs" / "HVHOST.csv", drop)
    assert invoke(["import", "perfmon", "-q", "logs", "--out", "capture"]) == 0


def without(path, drop):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    kept = [at for at, cell in enumerate(rows[0]) if not any(name in cell for name in drop)]
    assert len(kept) < len(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([row[at] for at in kept] for row in rows)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def calibrated(capsys, *more, against="capture", out="mine.toml"):
    capsys.readouterr()
    assert invoke(["calibrate", "guess.toml", "--against", against, "--out", out, "--json", *more]) == 0
    answer = json.loads(capsys.readouterr().out)
    return answer, {each["path"]: each for each in answer["keys"]}


@pytest.mark.parametrize("host", [SMALL, BUSY], ids=["small", "busy"])
def test_rates_and_service_times_of_known_hosts_are_recovered(folder, capsys, host):
    captured(folder, host)
    answer, _ = calibrated(capsys)
    found = load(folder / "mine.toml")
    for guest, block in zip(host.guests, found.partition, strict=True):
        assert block.workload.rate == pytest.approx(guest.rate, rel=0.05), guest
        assert block.workload.service.mean == pytest.approx(guest.service * 1000, rel=0.05), guest
        assert block.intercepts.msr == pytest.approx(PRESETS["server"]["msr"], rel=0.05)
        assert block.intercepts.ipis == pytest.approx(
            PRESETS["server"]["ipis"], rel=0.05
        )  # other accesses to MSRs
    assert found.root.background_cpu == pytest.approx(host.root, rel=0.05)
    assert all(each["identified"] for each in answer["keys"])
    off = {each["figure"]: each["residual_pct"] for each in answer["counters"] if each["fitted"]}
    assert off["guest_run"] == pytest.approx(0, abs=2)
    assert "it counts no requests" in answer["cannot_tell"][0]


def test_a_rate_that_an_event_sets_is_told_from_that_of_the_workload(folder, capsys):
    """600 /s for 20 s, then 200 /s: 400 /s in the mean, which is neither; by a capture, and by a run, whose arrivals are counted."""
    event = '[[event]]\nat = "20 s"\nset = { "partition.web.workload.rate" = "200 /s" }\n'
    host = KnownHost(2, 2.0, (Known("web", 2, 600.0, 900),))
    captured(folder, host, text=host.text(40) + event)
    (folder / "guess.toml").write_text(host.text(40).replace("600.0", "450") + event, encoding="utf-8")
    for number, against in enumerate(("capture", "known")):
        calibrated(capsys, against=against, out=f"mine{number}.toml")
        workload = load(folder / f"mine{number}.toml").partition[0].workload
        assert workload.rate == pytest.approx(600, rel=0.05)
        assert workload.service.mean == pytest.approx(900_000, rel=0.05)


CLOSED = """
[[partition]]
name = "{name}"
virtual_processors = 2
memory = "1 GiB"
[partition.workload]
kind = "closed"
threads = {threads}
work = "10 h"
compute = {{ distribution = "exponential", mean = "{compute} ms" }}
sleep = {{ distribution = "exponential", mean = "{sleep} ms" }}
"""


def closed(batch, full):
    head = SMALL.text(60).split("[[partition]]")[0]
    blocks = zip(("batch", "full"), (2, 12), (batch, full), strict=True)
    return head + "".join(
        CLOSED.format(name=name, threads=threads, compute=compute, sleep=sleep)
        for name, threads, (compute, sleep) in blocks
    )


def test_a_guest_that_is_busy_all_the_time_tells_neither_of_its_times(folder, capsys):
    """Bursts and sleeps of one with room are told; those of twelve threads on two VPs, which never halt, are not."""
    captured(folder, KnownHost(4, 3.0, ()), text=closed((20, 30), (8, 10)))
    (folder / "guess.toml").write_text(closed((12, 50), (8, 25)), encoding="utf-8")
    _, keys = calibrated(capsys)
    batch, full = (f"partition.{name}.workload" for name in ("batch", "full"))
    assert keys[f"{batch}.compute.mean"]["value"] == pytest.approx(20e6, rel=0.06)
    assert keys[f"{batch}.sleep.mean"]["value"] == pytest.approx(30e6, rel=0.06)
    assert keys[f"{batch}.sleep.mean"]["identified"]
    assert not keys[f"{full}.compute.mean"]["identified"]
    assert not keys[f"{full}.sleep.mean"]["identified"]


def test_cpu_time_alone_tells_only_the_product(folder, capsys):
    captured(folder, SMALL, seconds=20, drop=("Dispatches/sec", "HLT Instructions/sec"))
    answer, keys = calibrated(capsys, "--length", "20 s")
    rate, service = "partition.web.workload.rate", "partition.web.workload.service.mean"
    assert keys[rate]["remark"] == f"not identified apart from {service}"
    assert keys[service]["remark"] == f"not identified apart from {rate}"
    assert (keys[rate]["low"], keys[rate]["high"]) == (None, None)
    assert keys["root.background_cpu"]["identified"]
    (web,) = (block for block in load(folder / "mine.toml").partition if block.name == "web")
    assert web.workload.rate * web.workload.service.mean / 1e9 == pytest.approx(0.6, rel=0.05)
    assert any("neither dispatches nor halts" in text for text in answer["cannot_tell"])


def test_a_run_of_our_own_counts_requests(folder, capsys):
    """Rates come from arrivals: the very ones of the run."""
    captured(folder, SMALL, seconds=20)
    answer, keys = calibrated(capsys, "--length", "20 s", against="known")
    assert keys["partition.web.workload.rate"]["how"] == "counter"
    assert keys["partition.web.workload.rate"]["value"] == pytest.approx(250, rel=0.05)
    assert keys["partition.web.workload.service.mean"]["value"] == pytest.approx(2.4e6, rel=0.05)
    assert not any("no requests" in text for text in answer["cannot_tell"])


def test_keys_that_are_named_are_fitted_and_no_others(folder, capsys):
    captured(folder, SMALL, seconds=20)
    (folder / "guess.toml").write_text(SMALL.text(20, seed=9).replace("2400 us", "4000 us"), encoding="utf-8")
    path = "partition.web.workload.service.mean"
    _, keys = calibrated(capsys, "--free", path, "--length", "20 s")
    assert list(keys) == [path]
    assert keys[path]["low"] < 2.4e6 < keys[path]["high"] < 2.8e6
    (sql, _), (was, _) = (load(folder / name).partition for name in ("mine.toml", "guess.toml"))
    assert sql == was


def test_the_answer_is_a_table_of_keys_and_one_of_counters(folder, capsys):
    captured(folder, SMALL, seconds=20)
    capsys.readouterr()
    assert (
        invoke(["calibrate", "guess.toml", "--against", "capture", "--out", "mine.toml", "--length", "20 s"])
        == 0
    )
    out = capsys.readouterr().out
    assert 'partition."SQL Server 01".workload.rate' in out
    assert "rates of traps are taken from their counters" in out
    assert "web            halts /s" in out
    assert out.endswith("scenario in mine.toml\n")


def test_a_guest_that_has_no_workload_yet_is_named(folder, capsys):
    captured(folder, SMALL, seconds=5)
    head, sql, web = SMALL.text(5).split("[[partition]]")
    idle = web.split("[partition.workload]")[0]
    (folder / "guess.toml").write_text(f"{head}[[partition]]{sql}[[partition]]{idle}", encoding="utf-8")
    _, keys = calibrated(capsys, "--length", "5 s")
    assert not [path for path in keys if path.startswith("partition.web.workload")]
    capsys.readouterr()
    assert (
        invoke(["calibrate", "guess.toml", "--against", "capture", "--out", "b.toml", "--length", "1 s"]) == 0
    )
    assert "idle in the scenario and busy in the capture: web" in capsys.readouterr().err


def test_a_damaged_run_is_a_difference(folder, capsys):
    captured(folder, SMALL, seconds=5)
    resolved = folder / "known" / "resolved.toml"
    resolved.write_text(
        resolved.read_text(encoding="utf-8").replace('warm_up = "0 s"', "warm_up = 7"), encoding="utf-8"
    )
    assert invoke(["calibrate", "guess.toml", "--against", "known", "--out", "x.toml"]) == 4
    assert "scenario.warm_up: expected a duration" in capsys.readouterr().err
    next((folder / "capture" / "virtual_processor").rglob("*.parquet")).write_bytes(b"none")
    assert invoke(["calibrate", "guess.toml", "--against", "capture", "--out", "x.toml"]) == 4
    assert "it cannot be read" in capsys.readouterr().err
    assert not Path("x.toml").exists()


def test_bad_input_leaves_nothing_behind(folder, capsys):
    captured(folder, SMALL, seconds=5)
    (folder / "there.toml").write_text("mine", encoding="utf-8")
    (folder / "other.toml").write_text(BUSY.text(5), encoding="utf-8")
    (folder / "bad.toml").write_text("[scenario]\n", encoding="utf-8")
    capsys.readouterr()
    for words, code, said in (
        (["guess.toml", "--against", "capture", "--out", "there.toml"], 2, "there.toml exists already"),
        (["guess.toml", "--against", "capture", "--out", "."], 2, ". is a folder"),
        (
            ["guess.toml", "--against", "logs", "--out", "x.toml"],
            2,
            "expected the folder of hvecs import perfmon",
        ),
        (["nowhere.toml", "--against", "capture", "--out", "x.toml"], 2, "cannot read nowhere.toml"),
        (["bad.toml", "--against", "capture", "--out", "x.toml"], 3, "bad.toml:1"),
        (["other.toml", "--against", "capture", "--out", "x.toml"], 2, "no counters of the guests"),
        (
            ["guess.toml", "--against", "capture", "--out", "x.toml", "--free", "a.b"],
            3,
            "--free a.b: there is no key",
        ),
        (["guess.toml", "--against", "capture", "--out", "x.toml", "--length", "1"], 2, "--length"),
        (
            ["guess.toml", "--against", "capture", "--out", "no/x.toml", "--length", "1 s"],
            1,
            "cannot write no/x.toml",
        ),
    ):
        assert invoke(["calibrate", *words]) == code, words
        assert said in capsys.readouterr().err, words
    assert (folder / "there.toml").read_text(encoding="utf-8") == "mine"
    assert not Path("x.toml").exists()


FULL = """\
[scenario]
name = "full"
duration = "2 min"
warm_up = "1 s"
sample = "1 s"
[host]
logical_processors = 2
memory = "16 GiB"
[[partition]]
name = "web"
count = 2
virtual_processors = 1
memory = "1 GiB"
[partition.workload]
kind = "open"
rate = "200 /s"
service = { distribution = "exponential", mean = "3 ms" }
[[partition]]
name = "batch"
virtual_processors = 2
memory = "1 GiB"
[partition.workload]
kind = "closed"
threads = 2
work = "20 min"
compute = { distribution = "exponential", mean = "8 ms" }
sleep = { distribution = "exponential", mean = "1 ms" }
"""


def test_the_rate_of_guests_to_which_more_comes_than_they_can_do_is_not_told_wherever_a_fit_begins(
    folder, capsys
):
    """They halt a few times in two minutes: that they are full is all that the capture says of their requests."""
    (folder / "known.toml").write_text(FULL)
    for words in (
        ["run", "-q", "known.toml", "--out", "known"],
        ["export", "perfmon", "-q", "known", "--out", "logs"],
        ["import", "perfmon", "-q", "logs", "--out", "capture"],
    ):
        assert invoke(words) == 0, words
    for at, (rate, mean) in enumerate(((120, "4 ms"), (300, "1 ms"))):
        text = FULL.replace("200 /s", f"{rate} /s").replace('"3 ms"', f'"{mean}"')
        (folder / "guess.toml").write_text(text)
        _, keys = calibrated(capsys, out=f"mine{at}.toml")
        for key in ("rate", "service.mean"):
            assert not keys[f"partition.web.workload.{key}"]["identified"]
        batch = keys["partition.batch.workload.compute.mean"]
        if batch["identified"]:
            assert batch["low"] < 8e6 < batch["high"]
