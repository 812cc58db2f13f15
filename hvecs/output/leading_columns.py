"""The leading columns of the tables: time, instance, and the names of what a row belongs to."""

from hvecs.output.table import TIMESTAMP, Column, text, whole

TIME = (
    whole("time_ns", "ns", "simulated time at the end of the interval"),
    whole("interval_ns", "ns", "length of the interval; the last one can be cut short"),
    TIMESTAMP,
)
ENTITY = whole("entity", "id", "id of the entity in the simulated world")
PARTITION_NAME = text("partition", "name of the partition")
VP_INDEX = whole("vp", "index", "the VP's number within its partition, from 0")


def sampled(instance: str) -> tuple[Column, ...]:
    """Start a table that has one row a sample and instance."""
    return (*TIME, text("instance", f"instance as Windows names it: {instance}"), ENTITY)
