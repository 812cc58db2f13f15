"""What kernels share. numba is loaded here, before any of them, with signals held."""

from systems.kernels.uninterrupted import signals_held

with signals_held():
    import numba  # noqa: F401
