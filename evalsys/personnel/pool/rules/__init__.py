"""Returns and stays: their state machines and statistics. Pure."""
