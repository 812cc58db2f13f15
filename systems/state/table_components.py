"""Which component each table of a tuple of tables holds: what its field is annotated with."""

from components import Component


def components_of(tables: type) -> dict[str, type[Component]]:
    """Return the component whose rows each table of the named tuple `tables` holds, by the name of its field."""
    annotated = {name: getattr(kind, "__metadata__", ()) for name, kind in tables.__annotations__.items()}
    return {name: component for name, of in annotated.items() for component in of}
