import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import hvecs
from hvecs.output import software as software_module
from hvecs.output.errors import Unwritable
from hvecs.output.manifest import Manifest, ManifestError, is_ours, read_manifest, write_manifest
from hvecs.output.parquet import TableFile
from hvecs.output.schema import SCHEMA_VERSION
from hvecs.output.software import PACKAGE, git_commit, software

MANIFEST = Manifest(
    schema_version=1,
    version="0.1.0",
    git_commit=None,
    python="3.11.7",
    numpy="2.0.0",
    numba=None,
    pyarrow="17.0.0",
    platform="Linux",
    argv=("hvecs", "run", "s.toml"),
    start="2026-01-01T00:00:00+00:00",
    end="2026-01-01T00:00:01+00:00",
    status="ok",
    run="r0123456789ab",
    seed=1,
    inputs={"s.toml": "00ff"},
    tables={"job": TableFile("job/run=r0123456789ab/part-0.parquet", 2, "ff00")},
    warnings=("web did not finish",),
)


def git(folder, *arguments):
    command = ["git", "-C", folder, "-c", "user.name=n", "-c", "user.email=e", *arguments]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def test_a_manifest_comes_back_as_it_was_written(tmp_path):
    write_manifest(tmp_path, MANIFEST)
    assert read_manifest(tmp_path) == MANIFEST


def test_its_fields_are_plain_json(tmp_path):
    content = json.loads(write_manifest(tmp_path, MANIFEST).read_text())
    assert content["format"] == "hvecs-run"
    assert content["argv"] == ["hvecs", "run", "s.toml"]
    assert content["tables"]["job"] == {
        "path": "job/run=r0123456789ab/part-0.parquet",
        "rows": 2,
        "sha256": "ff00",
    }


def test_a_folder_with_our_manifest_is_ours(tmp_path):
    assert not is_ours(tmp_path)
    write_manifest(tmp_path, MANIFEST)
    assert is_ours(tmp_path)


def test_a_folder_of_another_schema_version_is_ours_too(tmp_path):
    write_manifest(tmp_path, replace(MANIFEST, schema_version=99))
    assert is_ours(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"{}", b'{"format": "other"}', b"\xff\xfe", b"[" * 100_000, b'{"format":'],
)
def test_a_manifest_of_something_else_is_not_ours(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    assert not is_ours(tmp_path)
    with pytest.raises(ManifestError, match=r"manifest\.json: "):
        read_manifest(tmp_path)


def test_a_wrong_field_is_named(tmp_path):
    content = json.loads(write_manifest(tmp_path, MANIFEST).read_text())
    content["tables"]["job"]["rows"] = "many"
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(ManifestError, match=r"manifest\.json: tables\.job\.rows: .*integer"):
        read_manifest(tmp_path)


def test_a_missing_manifest_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ManifestError, match=r"manifest\.json: No such file"):
        read_manifest(tmp_path)


def test_a_manifest_that_cannot_be_written_names_its_path(tmp_path):
    with pytest.raises(Unwritable, match=r"none/manifest\.json: No such file"):
        write_manifest(tmp_path / "none", MANIFEST)


def test_versions_are_those_that_are_installed():
    found = software()
    assert found["version"] == hvecs.__version__
    assert found["schema_version"] == SCHEMA_VERSION
    assert found["numpy"] == np.__version__
    assert found["pyarrow"] == pa.__version__
    assert found["numba"]


def test_a_distribution_that_is_not_installed_has_no_version():
    assert software_module._version("no-such-distribution-of-any-name") is None


@pytest.fixture
def checkout(tmp_path):
    top = tmp_path / "checkout"
    (top / "package").mkdir(parents=True)
    git(top, "init", "-q")
    return top


def test_the_commit_is_that_of_the_packages_own_checkout(checkout):
    assert git_commit(checkout / "package") is None  # no commit yet
    git(checkout, "commit", "-q", "--allow-empty", "-m", "first")
    assert git_commit(checkout / "package") == git(checkout, "rev-parse", "HEAD")


def test_a_package_deeper_in_another_checkout_has_no_commit(checkout):
    git(checkout, "commit", "-q", "--allow-empty", "-m", "first")
    installed = checkout / "venv" / "site-packages" / "hvecs"
    installed.mkdir(parents=True)
    assert git_commit(installed) is None


def test_a_package_outside_any_checkout_or_without_git_has_no_commit(tmp_path, monkeypatch):
    assert git_commit(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_commit(PACKAGE) is None


def test_the_commit_does_not_come_from_the_repository_that_runs_a_hook(checkout, tmp_path, monkeypatch):
    git(checkout, "commit", "-q", "--allow-empty", "-m", "first")
    expected = git(checkout, "rev-parse", "HEAD")
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    git(other, "commit", "-q", "--allow-empty", "-m", "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert git_commit(checkout / "package") == expected


def test_this_package_reports_its_own_checkout_or_nothing():
    if shutil.which("git") is None or not Path(PACKAGE.parent, ".git").exists():
        assert git_commit() is None
    else:
        head = subprocess.run(
            ["git", "-C", PACKAGE, "rev-parse", "-q", "--verify", "HEAD"],
            check=False,
            capture_output=True,
            encoding="utf-8",
        )
        assert git_commit() == (head.stdout.strip() or None)
