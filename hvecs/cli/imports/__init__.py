"""`hvecs import`: the group of commands that read data of real hosts."""

from typing import Final

from hvecs.cli.lazy import lazy_group

COMMANDS: Final = {
    "host": ("hvecs.cli.imports.host", "Write a scenario of a real host."),
    "perfmon": ("hvecs.cli.imports.perfmon", "Read performance logs (PDH-CSV, PDH-TSV) into tables."),
    "bitbrains": (
        "hvecs.cli.imports.bitbrains",
        "Read VMs of the Bitbrains archive (GWA-T-12), a file each.",
    ),
    "azure": (
        "hvecs.cli.imports.azure",
        "Read CPU readings of the Azure public dataset (V1, V2), plain or .gz.",
    ),
}

command = lazy_group("import", "Read data of real hosts.", COMMANDS)
