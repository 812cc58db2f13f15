from tests.cli.conftest import hvecs, made, prepared

__all__ = ["hvecs", "made", "prepared"]
