"""Pages of closing: periods with their versions, and the policies that rule them."""

from evalsys.results.closing.views import leaving, periods, policies
from evalsys.results.closing.views.blueprint import bp

__all__ = ["bp", "leaving", "periods", "policies"]
