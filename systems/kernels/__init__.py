"""What all kernels share: compiling, heaps, random numbers, distributions, histograms. It knows no table of the model.

numba is loaded here, before any of them, with signals held.
"""

from systems.kernels.uninterrupted import signals_held

with signals_held():
    import numba  # noqa: F401
