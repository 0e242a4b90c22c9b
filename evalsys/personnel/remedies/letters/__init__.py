"""Letters of remedies, and what other letters say of them. Pure."""
