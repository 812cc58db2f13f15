"""Columns of response times: of the requests of a guest, and of a tier."""

from hvecs.output.source import from_fields
from hvecs.output.table import Column, mean, null, real

_NOTHING_COMPLETED = "when no request was completed"


def response_columns(total: str, sample: str) -> tuple[Column, ...]:
    """Declare the mean and the percentiles of the response times of requests completed; `total` is their sum, `sample` the table of percentiles."""
    whats = {
        "response_p50_ns": "median response time",
        "response_p95_ns": "95th percentile of the response time",
        "response_p99_ns": "99th percentile of the response time",
    }
    columns = (
        mean("response_mean_ns", "mean response time of those completed", None, total, "completions"),
        *(
            real(name, "ns", f"{what} of those completed", None, from_fields(f"{sample}.{name}"))
            for name, what in whats.items()
        ),
    )
    return tuple(null(column, _NOTHING_COMPLETED) for column in columns)
