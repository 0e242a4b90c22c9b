"""Pages of closing: periods with their versions, and the policies that rule them."""

from evalsys.closing.views import leaving, periods, policies
from evalsys.closing.views.blueprint import bp

__all__ = ["bp", "leaving", "periods", "policies"]
