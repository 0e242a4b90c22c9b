"""Services handled, the reference for tickets."""
