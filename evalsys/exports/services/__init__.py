"""Services handled: import of a list, export of the comparison with tickets."""
