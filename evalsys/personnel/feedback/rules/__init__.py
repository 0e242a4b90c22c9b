"""A bad review: its state machine and categories. Pure."""
