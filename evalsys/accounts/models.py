"""Accounts, their sessions and one-time links."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.accounts.rules import LONGEST_MAIL
from evalsys.core.database import Model
from evalsys.core.permissions import Actor, Role


class User(Model):
    """Somebody who can sign in.

    `name` is what they type (usually the staff number). `password_hash` is None until the
    one-time link was used. The role citizen means that no role was granted yet: such an account
    cannot sign in. `organ_id` and `section_id` narrow the scope; for chiefs and leaders `staff_id`
    finds the sections they lead on a given day. `mail_address` is where notices go by mail, None
    for who wants none.
    """

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(64))
    role: Mapped[Role] = mapped_column(index=True)
    password_hash: Mapped[str | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    organ_id: Mapped[int | None] = mapped_column(ForeignKey("organ.id"), index=True)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    mail_address: Mapped[str | None] = mapped_column(String(LONGEST_MAIL))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]

    @property
    def actor(self) -> Actor:
        """The user as the permission table and the audit log see them."""
        return Actor(
            self.role,
            self.id,
            self.staff_id,
            self.organ_id,
            self.section_id,
            self.display_name,
        )


class SignInSession(Model):
    """One browser that is signed in. The cookie holds the token, this row only its SHA-256.

    It dies when `ended_at` is set, when the user is disabled, and when the user's role is no
    longer `role`.
    """

    __tablename__ = "sign_in_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class SignInTries(Model):
    """How often a name was tried since it last succeeded, whether or not an account has it.

    Unknown names are counted like known ones, so that the answer tells nothing. The key is the
    SHA-256 of the typed name: people sometimes type their password there. A row is dead, and swept
    away, when `last_at` is longer ago than a lock lasts.
    """

    __tablename__ = "sign_in_tries"

    name_hash: Mapped[bytes] = mapped_column(primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


class OneTimeLink(Model):
    """A link with which a user sets a password once. The link holds the token, the row its hash."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")
