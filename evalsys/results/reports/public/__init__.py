"""What everybody may read, drawn once."""
