"""Accounts, their sessions and one-time links."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from evalsys.core.database import Model
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.rules import LONGEST_MAIL
from evalsys.foundation.spreadsheets.characters import plain_name


class User(Model):
    """An account.

    `name` is the sign-in name (usually the staff number). `display_name` is that of the owner, if
    known, and is spelled in one way: the four-eyes rule compares it. `password_hash` is None until
    the one-time link was used. The role citizen means that no role was granted yet: such an account
    cannot sign in. `organ_id` and `section_id` limit the scope; for chiefs and leaders `staff_id`
    determines the sections they lead on a given day. `mail_address` is for notices, None if mail
    is not wanted. `totp_secret` is the sealed secret of the second factor, set up at
    `totp_since`; `totp_step` is the last time step used, so that no code works twice.
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
    totp_secret: Mapped[bytes | None]
    totp_since: Mapped[datetime | None]
    totp_step: Mapped[int | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]

    @validates("display_name")
    def _spell(self, _key: str, name: str) -> str:
        return plain_name(name)[:64]

    @property
    def actor(self) -> Actor:
        """The actor for permission checks and the audit log."""
        return Actor(
            self.role,
            self.id,
            self.staff_id,
            self.organ_id,
            self.section_id,
            self.display_name,
        )


class SignInSession(Model):
    """A session of a browser. The cookie holds the token, this row only its SHA-256.

    It ends when `ended_at` is set, the user is disabled, or the user's role differs from `role`.
    `factor_at` is when the second factor was last given, None before; a session that needs one
    gives no access until then. `previous_at` is the previous sign-in, `browser` a short label.
    """

    __tablename__ = "sign_in_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    previous_at: Mapped[datetime | None]
    factor_at: Mapped[datetime | None]
    browser: Mapped[str | None] = mapped_column(String(60))
    user: Mapped[User] = relationship(lazy="joined")

    @property
    def key(self) -> str:
        """The public id of the session: a prefix of the hash, useless as a token."""
        return self.token_hash.hex()[:16]


class SignInTries(Model):
    """The failed tries of a sign-in name since its last success, existing or not.

    Unknown names are counted like known ones, to reveal nothing. The key is the SHA-256 of the
    typed name, since people sometimes type their password there. A browser that signed in
    before has its own counter, and so has the second factor. A row expires, and is deleted, when
    `last_at` is longer ago than LOCK.
    """

    __tablename__ = "sign_in_tries"

    name_hash: Mapped[bytes] = mapped_column(primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


class OneTimeLink(Model):
    """A link to set a password once. The URL holds the token, the row its hash."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class RecoveryCode(Model):
    """The hash of a one-time code that replaces a TOTP code."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    used_at: Mapped[datetime | None]


class RequestKind(StrEnum):
    """What a request is for."""

    LINK = "link"
    FACTOR = "factor"
    GRANT = "grant"  # of a role or an owner; needs no request and is only shown
    ENABLE = "enable"  # likewise


class AccountRequest(Model):
    """A request for a new link or a factor reset of an account, or an action shown like one.

    `asked_by` is None for the command line, which needs no agreement. `done_at` is when it was
    carried out; the person and the accounts of the same role and organ are notified of it.
    `staff_id` is whose the account was then: that may change before the next sign-in.
    """

    __tablename__ = "account_request"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="second_person"),
        CheckConstraint("(decided_at IS NULL) = (is_agreed IS NULL)", name="decision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[RequestKind]
    reason: Mapped[str] = mapped_column(String(200))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    decided_at: Mapped[datetime | None]
    is_agreed: Mapped[bool | None]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    user: Mapped[User] = relationship(foreign_keys=user_id)
    asker: Mapped[User | None] = relationship(foreign_keys=asked_by)
    decider: Mapped[User | None] = relationship(foreign_keys=decided_by)


class KeptPost(Model):
    """A rejected post or a draft, sealed, one per user and page, for a week."""

    __tablename__ = "kept_post"
    __table_args__ = (UniqueConstraint("user_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    path: Mapped[str] = mapped_column(String(500))
    sealed: Mapped[bytes]
    kept_at: Mapped[datetime] = mapped_column(index=True)
