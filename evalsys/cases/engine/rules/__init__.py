"""The rules of steps: machines, entries, decisions. Pure."""
