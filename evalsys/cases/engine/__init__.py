"""A case moves step by step, by one table of moves for each kind."""
