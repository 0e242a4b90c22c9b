"""The blueprint that the pages of closing share."""

from flask import Blueprint

PER_PAGE = 50

bp = Blueprint("closing", __name__)
