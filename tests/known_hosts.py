"""Hosts drawn at random whose every parameter is known, so that a calibration can be held against them."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

GUEST = """
[[partition]]
name = "{name}"
virtual_processors = {vps}
{memory}
[partition.workload]
kind = "open"
rate = "{rate} /s"
service = {{ distribution = "exponential", mean = "{service} us" }}
"""
STATIC = 'memory = "1 GiB"'
DYNAMIC = """\
dynamic_memory = { startup = "1 GiB", minimum = "512 MiB", maximum = "4 GiB" }
memory_demand = { kind = "ramp", from = "600 MiB", to = "2 GiB", over = "200 s" }"""


@dataclass(frozen=True)
class Known:
    """A guest: rate (1/s) and mean service time (us) of its requests, and its memory as keys of its block."""

    name: str
    vps: int
    rate: float
    service: int
    memory: str = STATIC


@dataclass(frozen=True)
class KnownHost:
    """A host: logical processors, the root's own load (%), and its guests."""

    lps: int
    root: float
    guests: tuple[Known, ...]

    def text(self, seconds, seed=1):
        head = (
            f'[scenario]\nname = "known"\nduration = "{seconds} s"\nsample = "1 s"\nseed = {seed}\n'
            f'start_time = "2026-11-25T08:00:00Z"\n[host]\nlogical_processors = {self.lps}\nmemory = "64 GiB"\n'
            f'[root]\nbackground_cpu = "{self.root} %"\n'
        )
        return head + "".join(GUEST.format(**vars(guest)) for guest in self.guests)

    def blurred(self, rng):
        """Give the host with each load off by up to a factor of three, as somebody may have guessed it."""
        guests = [
            Known(
                each.name,
                each.vps,
                round(each.rate * 3 ** rng.uniform(-1, 1), 2),
                round(each.service * 3 ** rng.uniform(-1, 1)),
            )
            for each in self.guests
        ]
        return KnownHost(self.lps, 1.0, tuple(guests))


def known_host(rng, guests):
    """Draw a host with so many guests, of which all LPs together are 20 to 60 % busy."""
    lps = int(rng.choice([4, 8, 16]))
    parts = rng.uniform(0.5, 1.5, guests)
    busy = parts / parts.sum() * lps * rng.uniform(0.2, 0.6)
    found = []
    for number, load in enumerate(busy):
        vps = next((vps for vps in (1, 2, 4, 8, 16) if load < 0.6 * vps and vps >= rng.integers(1, 4)), 16)
        service = int(rng.choice([500, 1000, 2000, 3000]))
        found.append(Known(f"VM {number}", min(vps, lps), round(float(load) / service * 1e6, 2), service))
    return KnownHost(lps, round(float(rng.uniform(1, 6)), 2), tuple(found))


def add_noise(folder, rng, relative=0.01):
    """Multiply every value of the logs in a folder by 1 and a normal error."""
    for path in Path(folder).glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        lines = [",".join(f'"{cell}"' for cell in head)]
        for time, *cells in rows:
            noisy = [
                cell if not re.search(r"\d", cell) else f"{float(cell) * rng.normal(1, relative):.17g}"
                for cell in cells
            ]
            lines.append(",".join(f'"{cell}"' for cell in (time, *noisy)))
        path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
