"""Sweeps in an object store, against a local S3 server: there is no renaming, and the manifest says what is complete."""

from pathlib import Path

import pytest

from tests.buckets import Bucket
from tests.clusters import DaskCluster
from tests.sweeping import ask, content, kill, longer, started, sweep, until, write

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    made = Bucket(tmp_path_factory.mktemp("s3"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sweep in a folder, and the content of that folder."""
    folder = tmp_path_factory.mktemp("whole")
    file = write(folder, scenario=longer(100))
    assert sweep(file, folder / "out", "--jobs", 2).code == 0
    return file, content(folder / "out")


def test_a_sweep_in_a_bucket_is_that_of_a_folder(bucket, whole):
    file, expected = whole
    done = sweep(file, "s3://bucket/all", "--jobs", 2, **bucket.settings)
    assert done.code == 0, done.err
    assert "tables in s3://bucket/all" in done.out
    assert bucket.content("all") == expected
    assert bucket.manifest("all")["status"] == "complete"
    written = bucket.written("all")
    in_batches = set(expected) - {"summary"}
    assert len(written) == 2 + 24 * (len(in_batches) + 1) + 1
    assert written[0] == written[-1] == "manifest.json"
    for batch in (f"b{number:05d}.parquet" for number in range(24)):
        last = f"runs/_{batch.removesuffix('.parquet')}.json"
        assert [name for name in written if name.endswith(batch) or name == last][-2:] == [
            f"runs/{batch}",
            last,
        ]
    assert written[-2] == "summary/summary.parquet"

    status = ask("status", "s3://bucket/all", "--json", **bucket.settings).data
    assert (status["state"], status["done"], status["runs"]) == ("complete", 24, 24)
    compared = ask(
        "compare", "s3://bucket/all", file.parent / "out", "--json", "--fail-on", "0 %", **bucket.settings
    )
    assert compared.code == 0, compared.err
    assert {each["relative_pct"] for each in compared.data["differences"]} == {0}

    done = sweep(file, "s3://bucket/all", **bucket.settings)
    assert done.code == 2
    assert "holds the sweep weights, 24 of 24 batches made" in done.err
    done = sweep(file, "s3://bucket/all", "--resume", **bucket.settings)
    assert done.code == 0
    assert "complete already" in done.err
    assert bucket.written("all") == written


def test_a_killed_sweep_is_not_complete_until_it_is_resumed(bucket, whole):
    file, expected = whole
    process = started(file, "s3://bucket/killed", "--jobs", 2, **bucket.settings)
    until(lambda: [name for name in bucket.names("killed") if name.startswith("runs/_")], "a batch")
    kill(process.pid)
    process.communicate()
    assert bucket.manifest("killed")["status"] == "running"
    status = ask("status", "s3://bucket/killed", "--json", **bucket.settings).data
    assert status["state"] == "unknown"
    assert 0 < status["done"] < 24
    assert sweep(file, "s3://bucket/killed", **bucket.settings).code == 2
    done = sweep(file, "s3://bucket/killed", "--resume", "--jobs", 4, **bucket.settings)
    assert done.code == 0, done.err
    assert bucket.manifest("killed")["status"] == "complete"
    assert bucket.content("killed") == expected


def test_dask_workers_write_to_the_bucket_themselves(bucket, whole, tmp_path):
    file, expected = whole
    cluster = DaskCluster(tmp_path, **bucket.settings)
    try:
        cluster.add_worker()
        cluster.add_worker()
        done = sweep(file, "s3://bucket/dask", "--cluster", cluster.address, **bucket.settings)
    finally:
        cluster.close()
    assert done.code == 0, done.err
    assert bucket.content("dask") == expected


def test_a_place_that_holds_anything_is_left_alone(bucket, whole):
    bucket.put("full/letter.txt", b"dear")
    done = sweep(whole[0], "s3://bucket/full/", **bucket.settings)
    assert done.code == 2
    assert "holds files that are not of a sweep" in done.err
    assert bucket.names("full") == ["letter.txt"]
    done = sweep(whole[0], "s3://bucket/nothing", "--resume", **bucket.settings)
    assert done.code == 2
    assert "holds no sweep that could be resumed" in done.err


def test_the_endpoint_may_stand_in_the_uri(bucket, whole):
    secrets = {name: value for name, value in bucket.settings.items() if name != "AWS_ENDPOINT_URL"}
    host = bucket.settings["AWS_ENDPOINT_URL"].removeprefix("http://")
    uri = f"s3://bucket/named?scheme=http&endpoint_override={host}&region=us-east-1"
    done = sweep(whole[0], uri, "--duration", "100 ms", **secrets)
    assert done.code == 0, done.err
    assert len([name for name in bucket.names("named") if name.startswith("runs/")]) == 24


def test_a_bucket_that_is_not_there(bucket, whole):
    done = sweep(whole[0], "s3://elsewhere/x", **bucket.settings)
    assert done.code == 1
    assert done.err.startswith("hvecs: cannot write s3://elsewhere/x/manifest.json: ")
    assert "NO_SUCH_BUCKET" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nope://x/y", "nope://x/y: Unrecognized filesystem type"),
        ("s3://", "s3://: it names no bucket"),
        ("s3://me:hidden@bucket/x", "s3://...@bucket/x: leave the secret out; "),
    ],
)
def test_a_uri_that_will_not_do(whole, place, said):
    done = sweep(whole[0], place)
    assert done.code == 2
    assert said in done.err
    assert "hidden" not in done.err
    assert ask("status", place).code == 2
