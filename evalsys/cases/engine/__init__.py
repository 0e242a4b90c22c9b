"""The case engine: each kind is a state machine given as a table of moves."""
