"""What follows for a chief: interview, admonition advice, adjustment advice; commendation."""

from flask import Flask

from evalsys.chiefs import models, service

__all__ = ["models", "service"]


def init_app(_app: Flask) -> None:
    """Do nothing: the kinds register themselves, and the pages of cases show them."""
