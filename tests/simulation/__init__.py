"""Closings of a made-up city whose true scores are known: what the proposals find, and miss."""
