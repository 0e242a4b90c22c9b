"""Services handled: a sheet in, the comparison out."""
