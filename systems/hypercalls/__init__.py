"""Hypercalls: of many elements in continuations; those of the root for the memory of guests stand in systems.scheduling.memory_calls."""
