"""What an import would do: sections, people and chiefs against the snapshot. Pure."""
