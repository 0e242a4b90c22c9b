"""The conclusion of a matter, and when its section received it."""
