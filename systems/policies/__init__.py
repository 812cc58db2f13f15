"""The hypervisor's scheduling policies: classic, core, root. Each is a short file; what they decide stands in systems.policy."""
