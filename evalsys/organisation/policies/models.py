"""Policies: versioned rule sets; every version is kept."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class PolicyState(StrEnum):
    """A draft may be previewed, adopted or withdrawn; after that it is immutable."""

    DRAFT = "draft"
    ADOPTED = "adopted"
    WITHDRAWN = "withdrawn"


class Policy(Model):
    """One version of the rule set. `rules` is the JSON of `policies.rules.PolicyRules`."""

    __tablename__ = "policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    state: Mapped[PolicyState]
    rules: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(500))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    adopted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    adopted_at: Mapped[datetime | None]
