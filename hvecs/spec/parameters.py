"""The parameters of the scheduler and where each is from; what is not published is said to be."""

from typing import NamedTuple

from hvecs.spec.host import Scheduling
from hvecs.spec.table import kind_of

_HORIZON = "not published; TLFS2 18.1 says that policy holds over hundredths of a second"
_NOT_PUBLISHED = "not published; a parameter"
_SOURCES = {
    "slice": _HORIZON,
    "cap_period": _HORIZON,
    "reserve": "the outcome of reserve-first [TLFS2 18.2; WIN32]; no algorithm is published",
    "long_spin": 'not published: the hint serves "better scheduling decisions" [TLFS-md]; a yield to a pre-empted VP wins most back [PVQ]',
    "lock_extension": "a shorter extension of a slice that ends inside a critical section [P451: a claim, not proof that a version does it]; "
    "its length is not published",
    "recent": "a VP that ran recently is queued on its busy last LP [P376, claim 3: a claim, not proof that a version does it]; the time is "
    "not published",
    "interrupt_threshold": "an LP whose root VP takes many hardware interrupts is not given VPs of guests [P621: a claim, not proof that a "
    "version does it]; the rate is not published",
    "interrupt_window": "counted over a window of time [P621]; its length is not published",
    "wake": "not published [Friedman: a pending interrupt does not move an idle VP forward]; a parameter",
    "longest_stay": "the goal for one hypercall, 50 us [TLFS-md hypercall-interface.md]",
}


class Parameter(NamedTuple):
    """A key of [host.scheduling]: its default as written in a file, its meaning, and where it is from."""

    name: str
    default: object
    doc: str
    source: str


def _parameters() -> tuple[Parameter, ...]:
    found = []
    for name, field in Scheduling.model_fields.items():
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        found.append(Parameter(name, default, str(field.description), _SOURCES.get(name, _NOT_PUBLISHED)))
    return tuple(found)


PARAMETERS = _parameters()


def written(name: str, scheduling: Scheduling) -> object:
    """Give the value of a parameter as one would write it in a file."""
    kind = kind_of(Scheduling.model_fields[name])
    assert kind is not None  # noqa: S101 - every parameter is a value
    value = getattr(scheduling, name)
    return [kind.write(each) for each in value] if isinstance(value, tuple) else kind.write(value)
