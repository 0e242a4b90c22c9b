"""Returns and stays: their tables of moves, and how the pool does. Pure."""
