"""The citizen's form, and the intake of waiting ballots."""
