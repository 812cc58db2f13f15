"""Performance logs of 200 MB: imported within a bound of time and of memory."""

import numpy as np
import pytest

from tests.bench.children import taken_by

MB = 10**6
SIZE_MB = 200
VPS, COUNTERS = 64, (
    "% Guest Run Time",
    "% Hypervisor Run Time",
    "% Total Run Time",
    "CPU Wait Time Per Dispatch",
    "Logical Processor Dispatches/sec",
    "HLT Instructions/sec",
    "MSR Accesses/sec",
    "CPUID Instructions/sec",
)  # fmt: skip


def _write(path):
    """Write a log of SIZE_MB: a line a second, some 10 kB each, as relog writes them."""
    vp = r"\\HV1\Hyper-V Hypervisor Virtual Processor"
    columns = [rf"{vp}(web {number}:Hv VP 0)\{name}" for number in range(VPS) for name in COUNTERS]
    rng = np.random.default_rng(1)
    block = [",".join(f'"{value:.17g}"' for value in row) for row in rng.uniform(0, 100, (500, len(columns)))]
    with path.open("w", encoding="utf-8", newline="") as file:
        names = ",".join(f'"{name}"' for name in columns)
        file.write(f'"(PDH-CSV 4.0) (UTC)(0)",{names}\r\n')
        second = 0
        while file.tell() < SIZE_MB * MB:
            day, rest = divmod(second, 86400)
            clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
            file.write(f'"11/{1 + day:02d}/2026 {clock}.000",{block[second % len(block)]}\r\n')
            second += 1


@pytest.mark.bench
def test_a_log_of_200_mb_is_imported_in_20_s_and_500_mb(tmp_path):
    _write(tmp_path / "log.csv")
    taken = taken_by(tmp_path, "import", "perfmon", "log.csv", "--out", "capture", "-q")
    print(f"200 MB: {taken.wall_s:.1f} s, {taken.cpu_s:.1f} s of processors, {taken.peak_mb:.0f} MB")
    assert taken.alone_s < 20
    assert taken.peak_mb < 500
