"""Data of real hosts in, and counters out, in the formats of others."""
