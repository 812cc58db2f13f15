"""`hvecs run --live`: what is shown while a run goes on, and that nothing else changes."""

import os
import pty
import re
import signal
import subprocess
import time
from contextlib import suppress

import numpy as np
import pytest

from hvecs.cli.glance import Glance
from hvecs.output.labels import Labels
from hvecs.spec import load
from tests.cli.helpers import BUSY, EXACT, command, environment, files_below, hashes


def shown(folder, *arguments, after=None, **settings):
    """Run hvecs on a terminal of its own; gives the exit code and what it drew. `after` acts on the process once it draws."""
    ours, theirs = pty.openpty()
    given = environment(TERM="xterm", **settings)
    with subprocess.Popen(
        command(*arguments), cwd=folder, env=given, stderr=theirs, stdout=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        found = b""
        with suppress(OSError):  # the other end is closed
            while part := os.read(ours, 65536):
                found += part
                if after is not None and b"LP 0" in found:
                    after(process)
                    after = None
        os.close(ours)
    return process.returncode, found.decode()


def test_the_tables_are_the_same_to_the_byte(hvecs, scenario, tmp_path):
    plain, live = tmp_path / "plain", tmp_path / "live"
    path = scenario(BUSY)
    assert hvecs("run", path, "--out", plain).code == 0
    assert hvecs("run", path, "--live", "--out", live).code == 0
    assert hashes(plain) == hashes(live)


def test_where_there_is_no_terminal_it_writes_lines(hvecs, scenario):
    """All costs are none: job uses LP 0 for 2 of each 4 ms, web LP 1 for 1 of each 4, the first from 4 ms on: 35 %, then 37.5 % of both."""
    done = hvecs("run", scenario(EXACT.replace('"10 ms"', '"20 ms"')), "--live", "--out", "out")
    lines = [line for line in done.err.splitlines() if " simulated" in line]
    assert len(lines) >= 3
    assert all(
        re.fullmatch(r"hvecs: +\d+ %, .* of 100 ms simulated.*; LPs \d+ % busy.*; so far .*", line)
        for line in lines
    )
    assert ["LPs 35 % busy" in lines[0], "LPs 38 % busy" in lines[1]] == [True, True]
    assert hvecs("run", scenario(EXACT), "--live", "-q", "--out", "out").err == ""


def test_on_a_terminal_it_draws_lps_guests_and_the_verdict(scenario, tmp_path):
    scenario(
        BUSY.replace('"60 ms"', '"40 s"')
        .replace('"15 ms"', '"100 ms"')
        .replace('work = "50 ms"', 'work = "1 h"')
    )
    code, text = shown(tmp_path, "run", "s.toml", "--live", "--out", "out", COLUMNS=60)
    assert code == 0
    assert "LP 0 " in text
    assert "job-0" in text
    assert "so far: " in text
    assert "times as fast as the clock" in text
    drawn = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    lines = [line for line in re.split(r"[\r\n]+", drawn) if not line.startswith("hvecs: ")]
    assert max(map(len, lines)) <= 60


def test_an_interrupt_leaves_the_terminal_and_the_folder_as_they_were(scenario, tmp_path):
    scenario(
        BUSY.replace('"60 ms"', '"10 h"')
        .replace('"15 ms"', '"100 ms"')
        .replace('work = "50 ms"', 'work = "99 h"')
    )

    def interrupt(process):
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)

    code, text = shown(tmp_path, "run", "s.toml", "--live", "--yes", "--out", "out", after=interrupt)
    assert code == 130
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") > 0  # the cursor is back
    assert text.rstrip().endswith("hvecs: interrupted; out is as it was")
    assert files_below(tmp_path) == ["s.toml"]


class Nowhere:
    def write(self, table, columns):
        """Keep nothing."""


@pytest.fixture
def glance(scenario):
    found = Glance(load(scenario(EXACT)))
    names = Labels(np.array([0, 1, 2, 0, 1, 2], np.int32), np.array(["Root", "a", "b"], object))
    columns = {
        "time_ns": np.repeat([10, 20], 3),
        "interval_ns": np.full(6, 10),
        "partition": names,
        "virtual_processors": np.array([1, 1, 2] * 2),
        "guest_run_ns": np.array([9, 9, 9, 1, 2, 9]),
        "hypervisor_run_ns": np.array([0, 0, 0, 1, 1, 1]),
        "ready_ns": np.array([0, 0, 0, 0, 4, 2]),
    }
    sink = found.over(Nowhere())
    sink.write("partition", {**columns, "instance": names})
    return found


def test_a_glance_is_of_the_latest_sample(glance):
    """Of 10 ns: a ran 3 and waited 4 with its VP; b ran 10 and waited 2 of the 20 of its two."""
    a, b = glance.guests()
    assert (a.name, a.run_pct, a.ready_pct, a.in_system, a.pressure_pct) == ("a", 30, 40, None, None)
    assert (b.name, b.run_pct, b.ready_pct) == ("b", 50, 10)
    assert glance.lps() == []
