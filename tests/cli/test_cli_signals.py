import os
import signal
import subprocess
import time

import pytest

from hvecs.cli import signals
from tests.cli.helpers import EXACT, command, environment, files_below, manifest

pytestmark = pytest.mark.journey

ENDLESS = EXACT.replace('"100 ms"', '"300 d"').replace('"40 ms"', '"299 d"')
ENDINGS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.fixture
def begun(scenario, tmp_path):
    """Starts an endless run into the folder `out`, and waits until it simulates."""
    started = []

    def begin():
        scenario(ENDLESS)
        running = subprocess.Popen(
            command("run", "s.toml", "-v", "--yes", "--out", "out"),
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(running)
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("out.partial/run/logical_processor/*/*.parquet")):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.3)
        return running

    yield begin
    for each in started:
        each.kill()
        each.communicate()


@pytest.mark.parametrize(("number", "code"), ENDINGS)
def test_an_interrupted_run_leaves_nothing(begun, tmp_path, number, code):
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("the tests are run with this signal ignored, as under nohup")
    running = begun()
    running.send_signal(number)
    out, err = running.communicate(timeout=20)
    assert running.returncode == code
    assert out == ""
    assert err.splitlines()[-1] == "hvecs: interrupted; out is as it was"
    assert "Traceback" not in err
    assert files_below(tmp_path) == ["s.toml"]


def test_an_interrupted_run_leaves_the_earlier_one(hvecs, begun, scenario, tmp_path):
    scenario()
    hvecs("run", "s.toml", "-q", "--out", "out")
    before = manifest(tmp_path / "out")
    running = begun()
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) == 130
    assert manifest(tmp_path / "out") == before
    assert not (tmp_path / "out.partial").exists()


def test_a_killed_run_leaves_no_run_and_does_not_hinder_the_next(hvecs, begun, scenario, tmp_path):
    running = begun()
    running.kill()
    running.wait()
    assert not (tmp_path / "out").exists()
    scenario()
    assert hvecs("run", "s.toml", "-q", "--out", "out").code == 0
    assert not (tmp_path / "out.partial").exists()


def test_two_runs_do_not_share_a_folder(process, begun, tmp_path):
    running = begun()
    done = process("run", "s.toml", "-q", "--yes", "--out", "out")
    assert running.poll() is None
    assert done.code == 1
    assert f"is being written by process {running.pid}" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("after_s", [0.15, 0.3, 0.6])
def test_an_early_interrupt_is_no_traceback(scenario, tmp_path, after_s):
    scenario(ENDLESS)
    running = subprocess.Popen(
        command("run", "s.toml", "--yes"), cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
    )
    time.sleep(after_s)
    running.send_signal(signal.SIGINT)
    err = running.communicate(timeout=20)[1]
    assert running.returncode == 130
    assert "Traceback" not in err
    assert [name for name in files_below(tmp_path) if "partial" in name] == []


def test_signals_that_our_caller_ignores_stay_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.installed():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signals_are_dropped_where_held():
    with signals.installed():
        with signals.held():
            os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(signals.Interrupted) as caught:
            os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
