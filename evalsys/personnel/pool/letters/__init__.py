"""Letters of returns and stays. Pure."""
