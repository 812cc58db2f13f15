"""Interrupts: raised, pending, coalesced, delivered; messages over VMBus; the ticks of guests' clocks."""
