"""What an administrator does while the host runs: settings that are changed, guests that are started, stopped and paused."""
