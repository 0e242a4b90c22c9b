"""Tickets: who may issue them, for whom, and how they reach a citizen."""
