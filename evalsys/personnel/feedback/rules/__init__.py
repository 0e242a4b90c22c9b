"""A bad review: its table of moves, and its categories. Pure."""
