"""Tickets: who may issue them, for whom, and how citizens get them."""
