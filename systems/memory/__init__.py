"""Memory: who starts with how much, what guests commit, how they page, and Dynamic Memory."""
