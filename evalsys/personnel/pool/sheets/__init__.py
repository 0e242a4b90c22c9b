"""The registers of returns and of stays in the pool."""
