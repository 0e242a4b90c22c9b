"""The blueprint on which the pages of imports and exports hang."""

from flask import Blueprint

bp = Blueprint("exchange", __name__)
