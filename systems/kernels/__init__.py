"""Compiled code that several systems share: the heap, Philox, inverse distribution functions, the histogram."""
