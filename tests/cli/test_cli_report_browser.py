"""The page of a report in a browser, as on a phone: nothing is wider than the screen, nothing is complained of, and the first screen answers."""

import json
import re
import shutil
import subprocess
from html import escape, unescape

import pytest

from hvecs.cli import invoke
from tests.cli.test_cli_questions import STUDIES
from tests.cli.test_cli_report import read
from tests.sweeping import SWEEP, write

pytestmark = pytest.mark.journey

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium")
WIDTH, HEIGHT = 390, 844
FRAME = """<!DOCTYPE html>
<body style="margin: 0"><iframe id="page" style="width: {width}px; height: {height}px; border: 0" srcdoc="{page}"></iframe><output></output>
<script>
document.getElementById("page").onload = (event) => {{
  const root = event.target.contentDocument;
  const [wide, narrow] = [root.documentElement.scrollWidth, root.documentElement.clientWidth];
  const leads = [...root.querySelectorAll("section.lead")].map((each) => [each.querySelector("h2").innerText, (each.querySelector("tbody tr") || each).getBoundingClientRect().bottom]);
  document.querySelector("output").textContent = JSON.stringify({{wide, narrow, leads}});
}};
</script>
"""


def seen(folder, page):
    """Open a page at the width of a phone; gives what was measured of it, and what the browser complained of."""
    text = FRAME.format(width=WIDTH, height=HEIGHT, page=escape(page.read_text(encoding="utf-8")))
    (folder / "frame.html").write_text(text, encoding="utf-8")
    words = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={folder / 'profile'}",
    ]
    words += ["--virtual-time-budget=5000", "--dump-dom", (folder / "frame.html").as_uri()]
    done = subprocess.run([BROWSER, *words], capture_output=True, text=True, timeout=120, check=True)
    measured = json.loads(unescape(re.search("<output>(.*?)</output>", done.stdout, re.DOTALL)[1]))
    return measured, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@needs_browser
def test_the_first_screen_says_how_the_host_is_and_who_suffers(tmp_path, monkeypatch):
    """As of the first study of README, cut short: eight VPs of four guests on four LPs."""
    monkeypatch.chdir(tmp_path)
    assert invoke(["run", str(STUDIES / "overcommitted.toml"), "-q", "--duration", "70 s", "--out", "R"]) == 0
    assert invoke(["report", "R"]) == 0
    found, complaints = seen(tmp_path, tmp_path / "R.html")
    assert complaints == []
    assert found["wide"] <= found["narrow"] <= WIDTH
    (verdict, _), (sufferers, bottom), *_ = found["leads"]
    assert verdict == "Verdict: over-committed"
    assert sufferers == "Who suffers most"
    assert bottom < HEIGHT  # of the first row: the guest that suffers most


@needs_browser
def test_three_hosts_are_no_wider_than_a_phone_and_the_worst_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ["--duration", "360 s", "--out", "R", "-q"]
    assert invoke(["run", str(STUDIES / "three-hosts.toml"), *given]) == 0
    assert invoke(["report", "R"]) == 0
    found, complaints = seen(tmp_path, tmp_path / "R.html")
    assert complaints == []
    assert found["wide"] <= found["narrow"] <= WIDTH
    leads = [title for title, _ in found["leads"]]
    assert leads[:2] == ["Verdict: over-committed", "Who suffers most"]
    assert "3 hosts" in leads


@pytest.mark.usefixtures("no_workers")
@pytest.mark.parametrize("axes", [1, 2])
def test_an_outcome_that_has_no_value_anywhere_is_said_and_not_drawn(tmp_path, monkeypatch, axes):
    """Two VPs need 300 ms for the 600 ms of work of batch, and runs are of 20 ms: no point has an elapsed time; requests are served."""
    monkeypatch.chdir(tmp_path)
    head, weights, switches, *outcomes = SWEEP.replace("replications = 4\n", "").split("\n[[")
    write(tmp_path, "\n[[".join([head, weights, *([switches] if axes == 2 else []), *outcomes]))
    assert invoke(["sweep", "sweep.toml", "--out", "S", "--duration", "20 ms", "-q"]) == 0
    assert invoke(["report", "S"]) == 0
    said = "".join(read(tmp_path / "S.html").words)
    assert "elapsed has no value at any point." in said
    assert "elapsed against" not in said
    assert "slowest against" in said


@needs_browser
@pytest.mark.usefixtures("no_workers")
def test_a_sweep_is_no_wider_than_a_phone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert invoke(["sweep", str(write(tmp_path)), "--out", "S", "--duration", "50 ms", "-q"]) == 0
    assert invoke(["report", "S"]) == 0
    found, complaints = seen(tmp_path, tmp_path / "S.html")
    assert complaints == []
    assert found["wide"] <= found["narrow"] <= WIDTH
