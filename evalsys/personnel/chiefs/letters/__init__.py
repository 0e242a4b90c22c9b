"""Letters of chiefs' cases. Pure."""
