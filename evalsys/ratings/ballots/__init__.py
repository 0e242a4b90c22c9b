"""The citizen's form, and what waits in the intake."""
