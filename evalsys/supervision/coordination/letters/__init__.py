"""Letters of coordinations. Pure."""
