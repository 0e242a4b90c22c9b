"""Letters as data, their source, and shared phrases. Pure."""
