"""What follows for a chief: interview, admonition advice, adjustment advice; commendation."""

from flask import Flask

from evalsys.cases.kinds import add_kind
from evalsys.chiefs import models, service

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the kinds of cases of the feature, which the pages of cases show."""
    add_kind(app, service.LADDER_KIND)
    add_kind(app, service.COMMENDATION_KIND)
