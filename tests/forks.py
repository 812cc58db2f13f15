"""Programs that begin as forks of a process which has imported what takes longest, in place of a new interpreter each.

`forks("numba", cwd=...)` gives such a process; its `run` gives what a program left, as subprocess.run does. The program finds its own
environment, arguments, folder and path, and of modules only those named; numba reads its settings anew. What a start of Python itself
depends on (PYTHONHASHSEED, the encoding of stdout, sitecustomize) is that of the first process: who tests these starts a process.
"""

import atexit
import json
import os
import runpy
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path


class Forks:
    """A process that has imported `modules` in `cwd`, with `settings` beside this environment, and waits for programs to run."""

    def __init__(self, *modules, cwd, **settings):
        command = [sys.executable, "-c", SERVE.format(here=__file__), *modules]
        env = os.environ | settings
        self._server = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *program, cwd, env):
        """Run `-c CODE` or `-m MODULE` with its arguments; gives exit code, stdout and stderr."""
        with tempfile.TemporaryDirectory() as folder:
            outputs = [Path(folder, name) for name in ("out", "err")]
            asked = {"program": program, "cwd": str(cwd), "env": env, "outputs": [*map(str, outputs)]}
            print(json.dumps(asked), file=self._server.stdin, flush=True)
            answer = self._server.stdout.readline()
            assert answer, "the process that forks has ended"
            code = os.waitstatus_to_exitcode(int(answer))
            return subprocess.CompletedProcess(
                program, code, *(path.read_text(errors="replace") for path in outputs)
            )

    def close(self):
        """End the process."""
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


@cache
def forks(*modules, cwd, **settings):
    """Give the process that has imported `modules`; one for all tests."""
    begun = Forks(*modules, cwd=cwd, **settings)
    atexit.register(begun.close)
    return begun


SERVE = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("forks", {here!r})
forks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(forks)
forks.begin(*forks.serve(sys.argv[1:]))
"""


def serve(modules):
    """Import `modules`, then fork for every line of stdin and answer with the status of the child; gives a child what to do."""
    for name in modules:
        import_module(name)
    if "numba" in modules:
        _compile_something()
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            return (json.loads(line),)
        sys.stdout.write(f"{os.waitpid(child, 0)[1]}\n")
        sys.stdout.flush()
    sys.exit()


def begin(asked):
    """Become the program that is asked for."""
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    for number, path in enumerate(asked["outputs"], 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _renew()
    way, what, *arguments = asked["program"]
    sys.argv = [way, *arguments]
    if way == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what a test asks for


def _renew():
    """Forget what the first process has read of its environment."""
    given = os.environ.get("PYTHONPATH", "")
    sys.path[:] = ["", *filter(None, given.split(os.pathsep)), *sys.path[1:]]
    tempfile.tempdir = None
    if "numba" in sys.modules:
        sys.modules["numba"].config.reload_config()


def _compile_something():
    """Let numba load what it loads with the first function that is compiled."""
    numba = import_module("numba")
    numpy = import_module("numpy")
    numba.njit(lambda values: values[0] + 1)(numpy.zeros(1))
