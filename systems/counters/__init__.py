"""Counters and traces: what is kept of a run."""
