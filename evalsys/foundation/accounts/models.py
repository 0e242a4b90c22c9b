"""Accounts, their sessions and one-time links."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.rules import LONGEST_MAIL


class User(Model):
    """Somebody who can sign in.

    `name` is what they type (usually the staff number). `password_hash` is None until the
    one-time link was used. The role citizen means that no role was granted yet: such an account
    cannot sign in. `organ_id` and `section_id` narrow the scope; for chiefs and leaders `staff_id`
    finds the sections they lead on a given day. `mail_address` is where notices go by mail, None
    for who wants none. `totp_secret` is the sealed secret of the second factor, set up at
    `totp_since`; `totp_step` is the latest step of 30 seconds whose code was taken: no code is
    taken twice.
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
    longer `role`. `factor_at` is when the second factor was last given in it: where one is needed,
    it opens nothing before. `previous_at` is the sign-in before it, `browser` what the browser
    says it is, in two words.
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
        """What pages call it: the beginning of the hash, which opens nothing."""
        return self.token_hash.hex()[:16]


class SignInTries(Model):
    """How often a name was tried since it last succeeded, whether or not an account has it.

    Unknown names are counted like known ones, so that the answer tells nothing. The key is the
    SHA-256 of the typed name: people sometimes type their password there. A browser in which the
    account signed in before counts by itself, and so does the second factor. A row is dead, and
    swept away, when `last_at` is longer ago than a lock lasts.
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


class RecoveryCode(Model):
    """A code that stands in for the app of the second factor, once. The row holds its hash."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    used_at: Mapped[datetime | None]


class RequestKind(StrEnum):
    """What the system administrator asks for and the security administrator agrees to."""

    LINK = "link"
    FACTOR = "factor"


class AccountRequest(Model):
    """That somebody is to get a new link, or to set up their second factor anew.

    `asked_by` is None for the command line, which needs no agreement. `done_at` is when it was
    carried out: from then on the person and the others of that duty are told.
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
    """What somebody sent and could not store, or a draft: one for each page, sealed, for a week."""

    __tablename__ = "kept_post"
    __table_args__ = (UniqueConstraint("user_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    path: Mapped[str] = mapped_column(String(500))
    sealed: Mapped[bytes]
    kept_at: Mapped[datetime] = mapped_column(index=True)
