"""The roster that came, sent back with its errors marked."""
