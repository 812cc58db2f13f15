"""How many more guests fit, asked of a host of twelve: answered within a minute, with what ends it."""

import pytest

from tests.bench.children import taken_by
from tests.cli.test_cli_guide import STUDIES
from tests.cli.test_cli_questions import ASKED


@pytest.mark.bench
def test_how_many_more_fit_is_answered_in_a_minute(tmp_path):
    """The command of the guide's second question, on its host of 16 LPs and 128 GiB; kernels are compiled."""
    (tmp_path / "runs").symlink_to(STUDIES)
    (find,) = ASKED[2]
    taken_by(
        tmp_path,
        "run",
        "runs/mixed.toml",
        "--duration",
        "1 s",
        "--set",
        "scenario.warm_up=0 s",
        "--out",
        "warm",
        "-q",
    )
    taken = taken_by(tmp_path, *find, "--out", "found", "-q")
    print(f"find: {taken.wall_s:.1f} s, {taken.cpu_s:.1f} s of processors")
    assert taken.alone_s < 60
