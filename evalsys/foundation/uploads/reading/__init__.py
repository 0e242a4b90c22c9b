"""From the bytes of a file to its tables, within limits."""
