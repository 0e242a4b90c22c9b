"""Letters of remedies, and the remedies in other letters. Pure."""
