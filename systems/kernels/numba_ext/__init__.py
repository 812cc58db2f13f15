"""What rests on numba beyond its decorators, in one room.

`parts`, with `passes`, `reads`, `elements` and `shortcuts`, uses private classes of numba, in the minors that pyproject.toml pins; where
it does not work, `systems.kernels.jit` falls back to plain `njit`. `kept` takes the place of numba's cache, with and without them.
`by_address`, `hooks` and `words` use numba's low-level extension API, which is documented.
"""
