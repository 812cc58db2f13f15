"""The ground floor of the model: all tables, the event timers, and the accounts of time and of what costs hypervisor time."""
