"""`hvecs export`: the group of commands that write a run in the formats of others."""

from typing import Final

from hvecs.cli.lazy import lazy_group

COMMANDS: Final = {
    "perfmon": ("hvecs.cli.export.perfmon", "Write performance logs as relog does: PDH-CSV 4.0."),
    "openmetrics": (
        "hvecs.cli.export.openmetrics",
        "Write OpenMetrics text under windows_exporter's names, and a dashboard for Grafana.",
    ),
    "perfetto": ("hvecs.cli.export.perfetto", "Write the table dispatch as a trace for Perfetto."),
    "csv": ("hvecs.cli.export.csv", "Write each table as a CSV file."),
}

command = lazy_group("export", "Write a run in the formats of other programs.", COMMANDS)
