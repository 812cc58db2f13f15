import pytest

from tests.cli.helpers import CHECKOUT, manifest

STUDIES = sorted((CHECKOUT / "runs").glob("*.toml"))


def test_there_are_studies():
    assert "overcommitted" in {path.stem for path in STUDIES}


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_study_runs(hvecs, tmp_path, path):
    assert path.read_text().startswith("# ")
    done = hvecs("run", path, "--duration", "2 s", "-q", "--out", "out")
    assert done.code == 0, done.err
    assert manifest(tmp_path / "out")["status"] == "ok"
