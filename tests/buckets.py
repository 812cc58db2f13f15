"""How tests make an object store: the S3 server of moto, a process of its own."""

import json
import re
import socket
import subprocess
import sys

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from tests.cli.helpers import environment
from tests.sweeping import hashed, until

_SECRETS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1"}


class Bucket:
    """An S3 server with one bucket, `bucket`; `settings` is what the environment of its users needs."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._log = folder / "moto.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                env=environment(),
                stdout=log,
                stderr=log,
            )
        until(lambda: "Running on" in self._log.read_text(), "the S3 server")
        endpoint = f"127.0.0.1:{port}"
        self.settings = _SECRETS | {"AWS_ENDPOINT_URL": f"http://{endpoint}"}
        self.files = pafs.S3FileSystem(
            access_key=_SECRETS["AWS_ACCESS_KEY_ID"],
            secret_key=_SECRETS["AWS_SECRET_ACCESS_KEY"],
            region="us-east-1",
            scheme="http",
            endpoint_override=endpoint,
            allow_bucket_creation=True,
        )
        self.files.create_dir("bucket")

    def names(self, prefix):
        """List the objects below a prefix, without it."""
        selector = pafs.FileSelector(f"bucket/{prefix}", recursive=True, allow_not_found=True)
        found = self.files.get_file_info(selector)
        files = [each.path for each in found if each.type == pafs.FileType.File]
        return sorted(path.removeprefix(f"bucket/{prefix}/") for path in files)

    def put(self, name, content):
        with self.files.open_output_stream(f"bucket/{name}") as stream:
            stream.write(content)

    def manifest(self, prefix):
        with self.files.open_input_stream(f"bucket/{prefix}/manifest.json") as stream:
            return json.loads(stream.read())

    def content(self, prefix):
        """Give a hash of the sorted rows of every table of a sweep, as `tests.sweeping.content` does."""
        parts = {}
        for name in self.names(prefix):
            if name.endswith(".parquet"):
                table = pq.ParquetFile(self.files.open_input_file(f"bucket/{prefix}/{name}")).read()
                parts.setdefault(name.partition("/")[0], []).append(table)
        return {name: hashed(pa.concat_tables(tables)) for name, tables in parts.items()}

    def written(self, prefix):
        """Name the objects that were written below a prefix, in the order in which the server took them.

        Left out are the marks that pyarrow puts where the folder of an object that it deleted would be.
        """
        found = re.findall(rf'"(?:PUT|POST) /bucket/{prefix}/([^ ?]+)(\S*) HTTP', self._log.read_text())
        return [name for name, query in found if _publishes(query) and not name.endswith("/")]

    def close(self):
        self._process.kill()
        self._process.wait()


def _publishes(query):
    """Tell whether a request lets an object appear: in one go, or as the last of one that is sent in parts."""
    return not query or ("uploadId" in query and "partNumber" not in query)
