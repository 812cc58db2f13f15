"""Inside a guest: its tasks, bursts of work, caches, page faults and lock, of which the hypervisor sees nothing."""
