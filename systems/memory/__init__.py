"""The memory systems: starts and stops, demand, paging, balancing; and the frames that they share."""
