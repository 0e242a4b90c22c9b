"""The import of past ratings from files."""
