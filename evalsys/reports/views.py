"""The pages of results. They only read."""

from flask import Blueprint

blueprint = Blueprint("reports", __name__)
