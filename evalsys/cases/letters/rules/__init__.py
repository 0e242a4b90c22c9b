"""A letter as data, the case that it is made from, and sentences that letters share. Pure."""
