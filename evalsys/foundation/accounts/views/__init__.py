"""Pages of accounts, one module per kind of user, in one blueprint."""

from evalsys.foundation.accounts.views import (
    administration,
    audit,
    kept,
    second_factor,
    sessions,
    sign_in,
)
from evalsys.foundation.accounts.views.blueprint import bp

__all__ = ["administration", "audit", "bp", "kept", "second_factor", "sessions", "sign_in"]
