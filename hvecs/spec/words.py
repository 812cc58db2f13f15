"""Words that people of Hyper-V and of its neighbours use for keys of scenario files."""

from collections.abc import Iterable, Mapping
from typing import Final

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "vcpu": ("virtual_processors",),
    "vcpus": ("virtual_processors",),
    "vp": ("virtual_processors",),
    "vps": ("virtual_processors",),
    "vproc": ("virtual_processors",),
    "processorcount": ("virtual_processors",),
    "cpus": ("virtual_processors", "logical_processors"),
    "cpu": ("virtual_processors", "logical_processors", "processor"),
    "processors": ("virtual_processors", "logical_processors", "processor"),
    "lps": ("logical_processors",),
    "logicalprocessorcount": ("logical_processors",),
    "cores": ("cores_per_socket", "logical_processors", "virtual_processors"),
    "smt": ("threads_per_core",),
    "hyperthreading": ("threads_per_core",),
    "hwthreadcountpercore": ("threads_per_core",),
    "ram": ("memory", "startup"),
    "mem": ("memory",),
    "startupbytes": ("startup",),
    "memorystartup": ("startup",),
    "minimumbytes": ("minimum",),
    "maximumbytes": ("maximum",),
    "min": ("minimum", "low"),
    "max": ("maximum", "high"),
    "priority": ("weight",),
    "relativeweight": ("weight",),
    "shares": ("weight",),
    "limit": ("cap",),
    "maximum": ("cap",),
    "reservation": ("reserve",),
    "timeslice": ("slice",),
    "quantum": ("slice",),
    "vm": ("partition",),
    "vms": ("partition",),
    "guest": ("partition",),
    "guests": ("partition", "count"),
    "instances": ("count",),
    "replicas": ("count",),
    "nodes": ("numa_nodes",),
    "numa": ("numa_nodes",),
    "requests": ("rate",),
    "interval": ("sample",),
    "time": ("duration",),
    "title": ("name",),
}
"""By the word in lower case without underscores: the keys it may stand for, the likeliest first."""


def meant_by(word: str, keys: Iterable[str]) -> str | None:
    """Give the one of `keys` that a word of the field stands for; None for other words."""
    known = set(keys)
    candidates = SYNONYMS.get(word.lower().replace("_", "").replace("-", ""), ())
    return next((key for key in candidates if key in known), None)
