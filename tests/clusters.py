"""How tests make a Dask cluster: a scheduler and workers, each a process of its own."""

import json
import subprocess
import sys

from tests.cli.helpers import environment
from tests.sweeping import until


class DaskCluster:
    """A scheduler and its workers; `address` is what --cluster takes."""

    def __init__(self, folder, **settings):
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._settings = settings
        self.processes = []
        self.scheduler = self._started("scheduler", "--port", "0")
        until(self._is_written, "the scheduler")
        self.address = json.loads(self._file.read_text())["address"]
        self.workers = []

    def _is_written(self):
        """Tell whether the scheduler has said where it is: its file is there a moment before it is whole."""
        try:
            json.loads(self._file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        return True

    def add_worker(self, *options, **settings):
        """Start one more worker, which joins in its own time."""
        self.workers.append(self._started("worker", "--no-nanny", *options, **settings))
        return self.workers[-1]

    def close(self):
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.wait()

    def _started(self, kind, *options, **settings):
        number = len(self.processes)
        with (self._folder / f"{kind}-{number}.log").open("w") as log:
            process = subprocess.Popen(
                [
                    sys.executable, "-m", "dask", kind, "--no-dashboard", "--host", "127.0.0.1",
                    "--scheduler-file", str(self._file), *map(str, options),
                ],
                env=environment(**self._settings | settings),
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )  # fmt: skip
        self.processes.append(process)
        return process
