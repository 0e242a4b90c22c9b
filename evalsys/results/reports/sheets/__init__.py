"""The sheets of a closed period."""
