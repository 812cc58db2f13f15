"""A report of a long run on many processors: drawn within a bound of time, of memory and of size."""

import pytest

from tests.bench.children import taken_by

LONG = """\
[scenario]
name = "long"
duration = "10 h"
[host]
logical_processors = 32
memory = "128 GiB"
[[partition]]
name = "web"
count = 16
virtual_processors = 4
memory = "4 GiB"
[partition.guest]
profile = "none"
[partition.workload]
kind = "open"
rate = "2 /s"
service = { distribution = "exponential", mean = "20 ms" }
"""


@pytest.mark.bench
def test_a_report_of_10_hours_of_64_vps_takes_10_s_and_1_gb(tmp_path):
    """At the default interval of samples, 230,000 rows of VPs; at one a second, ten times as many, it took 11.6 s."""
    (tmp_path / "long.toml").write_text(LONG, encoding="utf-8")
    taken_by(tmp_path, "run", "long.toml", "--out", "out", "--yes", "-q")
    taken = taken_by(tmp_path, "report", "out", "--out", "page.html", "-q")
    size_kb = (tmp_path / "page.html").stat().st_size / 1e3
    print(
        f"report: {taken.wall_s:.1f} s, {taken.cpu_s:.1f} s of processors, {taken.peak_mb:.0f} MB, page {size_kb:.0f} kB"
    )
    assert taken.alone_s < 10
    assert taken.peak_mb < 1000
    assert size_kb < 1000
