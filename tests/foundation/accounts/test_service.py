from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.database.sqlite import write_lock
from evalsys.core.errors import DomainError, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts import administration, agreements, passwords, service
from evalsys.foundation.accounts.administration import Grant
from evalsys.foundation.accounts.models import OneTimeLink, SignInSession, SignInTries, User
from evalsys.foundation.accounts.queries import Scope, find_session, hash_token
from evalsys.foundation.accounts.rules import (
    LINK_DEAD,
    BadMail,
    Locked,
    MayNotSignIn,
    WeakPassword,
    WrongPassword,
)
from tests.factories import make_organ, make_staff, make_user

pytestmark = pytest.mark.usefixtures("app")

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
GOOD, NEW, WRONG = "lantern-orbit-vinegar", "windmill-turnip-choir", "not the password"
MINUTE = timedelta(minutes=1)


def make_known(role: Role = Role.HR, **values: object) -> User:
    """Create a user whose password is GOOD."""
    return make_user(role, password_hash=passwords.hash_password(GOOD), **values)


def fail(name: str, times: int, *, now: datetime = NOW) -> list[type[DomainError]]:
    """Try a wrong password some times; return the types of the errors."""
    errors: list[type[DomainError]] = []
    for _ in range(times):
        with pytest.raises((WrongPassword, Locked)) as refused:
            service.sign_in(name, WRONG, now=now)
        errors.append(refused.type)
    return errors


def lines(action: Action) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def held(token: str) -> SignInSession:
    return db.session.get_one(SignInSession, hash_token(token))


def is_alive(token: str, now: datetime = NOW) -> bool:
    db.session.rollback()
    return find_session(token, now) is not None


def test_signing_in_starts_a_session_of_which_the_database_keeps_only_the_hash() -> None:
    user = make_known()
    token = service.sign_in(user.name, GOOD, now=NOW)
    session = db.session.scalars(select(SignInSession)).one()
    assert session.token_hash == hash_token(token)
    assert user.signed_in_at == NOW
    assert [line.user_id for line in lines(Action.ACCOUNT_SIGN_IN)] == [user.id]


def test_full_width_digits_of_an_input_method_are_the_same_name() -> None:
    make_known(name="040117")
    assert service.sign_in(" ０４０１１７ ", GOOD, now=NOW)


@pytest.mark.parametrize("is_known", [True, False])
def test_the_fifth_failure_locks_known_and_unknown_names_with_the_same_words(
    is_known: bool,
) -> None:
    name = make_known().name if is_known else "nobody"
    left = []
    for _ in range(4):
        with pytest.raises(WrongPassword) as refused:
            service.sign_in(name, WRONG, now=NOW)
        left.append(refused.value.left)
    assert left == [4, 3, 2, 1]
    assert fail(name, 2) == [Locked, Locked]
    assert len(lines(Action.ACCOUNT_LOCK)) == 1


def test_a_locked_name_refuses_the_right_password_for_thirty_minutes() -> None:
    user = make_known()
    fail(user.name, 5)
    with pytest.raises(Locked) as refused:
        service.sign_in(user.name, GOOD, now=NOW + 29 * MINUTE)
    assert refused.value.params["minutes"] == 1
    assert service.sign_in(user.name, GOOD, now=NOW + 30 * MINUTE)


def test_trying_on_does_not_prolong_a_lock() -> None:
    user = make_known()
    fail(user.name, 5)
    fail(user.name, 3, now=NOW + 20 * MINUTE)
    assert service.sign_in(user.name, GOOD, now=NOW + 30 * MINUTE)


def test_success_forgets_the_failures_before_it() -> None:
    user = make_known()
    fail(user.name, 4)
    service.sign_in(user.name, GOOD, now=NOW)
    assert fail(user.name, 4) == [WrongPassword] * 4


def test_an_unknown_name_costs_a_hash_like_a_known_one() -> None:
    user = make_known()
    with patch.object(passwords, "is_right", wraps=passwords.is_right) as asked:
        fail(user.name, 1)
        fail("nobody", 1)
        fail(make_user().name, 1)  # Its one-time link was not used yet.
    assert [call.args[1] is None for call in asked.call_args_list] == [False, True, True]
    with patch.object(PasswordHasher, "verify", side_effect=AssertionError) as hashed:
        with pytest.raises(AssertionError):
            passwords.is_right(WRONG, None)
        assert hashed.call_count == 1


def test_the_name_of_an_unknown_account_is_not_written_down() -> None:
    fail("my-secret-password", 5)
    (line,) = lines(Action.ACCOUNT_LOCK)
    assert "secret" not in f"{line.subject_id}{line.details}"


@pytest.mark.parametrize("is_known", [True, False])
def test_parallel_guesses_are_judged_five_times_at_most(app: Flask, is_known: bool) -> None:
    name = make_known().name if is_known else "nobody"
    db.session.remove()
    judged = []

    def guess(number: int) -> str:
        with app.app_context():
            try:
                service.sign_in(name, f"{WRONG} {number}", now=NOW)
            except DomainError as error:
                return type(error).__name__
            finally:
                db.session.remove()
        return "in"

    def judge(password: str, password_hash: str | None) -> bool:
        judged.append(password)
        return False

    with patch.object(passwords, "is_right", judge), ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(guess, range(24)))
    assert len(judged) == 5
    assert outcomes.count("Locked") == 20
    assert db.session.scalar(select(SignInTries.tries)) == 5


def test_a_hash_of_yesterdays_strength_is_renewed_at_sign_in() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(GOOD)
    user = make_user(password_hash=old)
    service.sign_in(user.name, GOOD, now=NOW)
    assert user.password_hash != old
    assert passwords.is_right(GOOD, user.password_hash)


def test_only_who_knows_the_password_learns_that_the_account_is_disabled_or_has_no_role() -> None:
    disabled, new = make_known(disabled_at=NOW), make_known(Role.CITIZEN)
    assert fail(disabled.name, 1) == [WrongPassword]
    with pytest.raises(MayNotSignIn, match="is disabled"):
        service.sign_in(disabled.name, GOOD, now=NOW)
    with pytest.raises(MayNotSignIn, match="has no role yet"):
        service.sign_in(new.name, GOOD, now=NOW)


@pytest.mark.parametrize("cause", ["sign out", "disable", "role", "password", "link"])
def test_a_session_dies_at_once(cause: str) -> None:
    user = make_known()
    token, other = (service.sign_in(user.name, GOOD, now=NOW) for _ in range(2))
    assert is_alive(token)
    if cause == "sign out":
        service.sign_out(token, actor=user.actor, now=NOW)
        assert is_alive(other)
        return
    if cause == "disable":
        administration.disable_account(user, reason="left", actor=SYSTEM, now=NOW)
    elif cause == "role":
        administration.grant_role(user, Grant(Role.CHIEF), actor=SYSTEM, now=NOW)
    elif cause == "password":
        fresh = service.change_password(held(token), GOOD, NEW, now=NOW)
        assert is_alive(fresh)
    else:
        service.use_link(agreements.issue_link(user, actor=SYSTEM, now=NOW), NEW, now=NOW)
    assert not is_alive(token)
    assert not is_alive(other)


def test_a_session_dies_even_if_only_the_row_of_its_user_was_changed() -> None:
    user = make_known()
    token = service.sign_in(user.name, GOOD, now=NOW)
    user.role = Role.STAFF
    db.session.commit()
    assert not is_alive(token)


def test_a_used_session_lives_on_until_the_longest_time() -> None:
    token = service.sign_in(make_known().name, GOOD, now=NOW)
    for number in range(1, 30):
        assert is_alive(token, NOW + number * 25 * MINUTE) is (number <= 28)
        service.keep_alive(token, now=NOW + number * 25 * MINUTE)


def test_an_unused_session_ends_after_thirty_minutes() -> None:
    token = service.sign_in(make_known().name, GOOD, now=NOW)
    assert is_alive(token, NOW + 30 * MINUTE)
    assert not is_alive(token, NOW + 31 * MINUTE)


@pytest.mark.only("sqlite", "PostgreSQL has no single writer")
def test_a_heartbeat_does_not_wait_for_a_long_write(app: Flask) -> None:
    token = service.sign_in(make_known().name, GOOD, now=NOW)

    def beat() -> None:
        with app.app_context():
            service.keep_alive(token, now=NOW + 5 * MINUTE)

    with write_lock(db.engine), ThreadPoolExecutor(1) as pool:
        pool.submit(beat).result(timeout=5)
    db.session.rollback()
    assert db.session.scalar(select(SignInSession.seen_at)) == NOW


def test_long_dead_sessions_are_swept_at_the_next_sign_in() -> None:
    user = make_known()
    service.sign_in(user.name, GOOD, now=NOW)
    service.sign_in(user.name, GOOD, now=NOW + timedelta(days=8))
    assert db.session.scalar(select(func.count()).select_from(SignInSession)) == 1


def test_a_link_sets_a_password_once() -> None:
    user, token = administration.open_account("040117", actor=SYSTEM, now=NOW)
    service.use_link(token, GOOD, now=NOW)
    assert passwords.is_right(GOOD, user.password_hash)
    with pytest.raises(DomainError, match="This link was used already, has expired or is"):
        service.use_link(token, NEW, now=NOW)
    assert [line.subject_id for line in lines(Action.ACCOUNT_PASSWORD)] == [str(user.id)]


def test_a_refused_password_leaves_the_link_usable() -> None:
    _user, token = administration.open_account("040117", actor=SYSTEM, now=NOW)
    with pytest.raises(WeakPassword, match="It needs at least"):
        service.use_link(token, "short", now=NOW)
    service.use_link(token, GOOD, now=NOW)


@pytest.mark.parametrize("cause", ["expired", "replaced", "disabled", "never made"])
def test_a_dead_link_is_dead_whatever_the_cause(cause: str) -> None:
    user, token = administration.open_account("040117", actor=SYSTEM, now=NOW)
    now = NOW
    if cause == "expired":
        now += timedelta(hours=48)
    elif cause == "replaced":
        agreements.issue_link(user, actor=SYSTEM, now=NOW)
    elif cause == "disabled":
        administration.disable_account(user, reason="", actor=SYSTEM, now=NOW)
    else:
        token = "x" * 43
    with pytest.raises(DomainError, match="This link was used already, has expired or is"):
        service.use_link(token, GOOD, now=now)


def test_two_browsers_with_one_link_set_one_password(app: Flask) -> None:
    _user, token = administration.open_account("040117", actor=SYSTEM, now=NOW)
    db.session.remove()

    def use(password: str) -> bool:
        with app.app_context():
            try:
                service.use_link(token, password, now=NOW)
            except DomainError as error:
                if error.message != LINK_DEAD:
                    raise
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, [GOOD, NEW, GOOD + "1", NEW + "1"])) == 1
    assert db.session.scalar(select(func.count(OneTimeLink.used_at))) == 1


def test_a_link_lifts_a_lock() -> None:
    user = make_known()
    fail(user.name, 5)
    service.use_link(agreements.issue_link(user, actor=SYSTEM, now=NOW), NEW, now=NOW)
    assert service.sign_in(user.name, NEW, now=NOW)


def test_who_changes_a_password_must_know_the_old_one_and_may_not_guess_on() -> None:
    user = make_known()
    session = held(service.sign_in(user.name, GOOD, now=NOW))
    for _ in range(4):
        with pytest.raises(WrongPassword):
            service.change_password(session, WRONG, NEW, now=NOW)
    with pytest.raises(Locked):
        service.change_password(session, WRONG, NEW, now=NOW)
    assert passwords.is_right(GOOD, user.password_hash)


def test_an_account_belongs_to_the_staff_member_with_its_number() -> None:
    staff = make_staff(number="040117", name="周敏")
    user, _token = administration.open_account("040117", actor=SYSTEM, now=NOW)
    assert (user.staff_id, user.display_name) == (staff.id, "周敏")


def test_the_system_administrator_creates_accounts_that_can_do_nothing() -> None:
    actor = make_user(Role.SYSADMIN).actor
    user, token = administration.open_account("040117", actor=actor, now=NOW)
    assert user.role is Role.CITIZEN
    service.use_link(token, GOOD, now=NOW)
    with pytest.raises(MayNotSignIn, match="has no role yet"):
        service.sign_in("040117", GOOD, now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_each_administrator_does_only_their_own_part(role: Role) -> None:
    actor, user = make_user(role).actor, make_user(Role.STAFF)
    may = {
        "create": role is Role.SYSADMIN,
        "link": role is Role.SYSADMIN,
        "grant": role is Role.SECADMIN,
        "disable": role is Role.SECADMIN,
    }
    for what, is_allowed in may.items():
        try:
            if what == "create":
                administration.open_account("040117", actor=actor, now=NOW)
            elif what == "link":
                agreements.issue_link(make_user(Role.CITIZEN), actor=actor, now=NOW)
            elif what == "grant":
                administration.grant_role(user, Grant(Role.CHIEF), actor=actor, now=NOW)
            else:
                administration.disable_account(user, reason="", actor=actor, now=NOW)
        except NotAllowed:
            assert not is_allowed, what
        else:
            assert is_allowed, what


@pytest.mark.parametrize("role", sorted(administration.ADMINISTRATORS))
def test_no_administrator_pushes_out_or_becomes_another(role: Role) -> None:
    admin, user = make_user(role), make_user(Role.STAFF)
    sysadmin, secadmin = make_user(Role.SYSADMIN).actor, make_user(Role.SECADMIN).actor
    with pytest.raises(DomainError, match="The accounts of the three administrators are"):
        agreements.issue_link(admin, actor=sysadmin, now=NOW)
    with pytest.raises(DomainError, match="The accounts of the three administrators are"):
        administration.grant_role(admin, Grant(Role.STAFF), actor=secadmin, now=NOW)
    with pytest.raises(DomainError, match="The accounts of the three administrators are"):
        administration.disable_account(admin, reason="", actor=secadmin, now=NOW)
    with pytest.raises(DomainError, match="The accounts of the three administrators are"):
        administration.grant_role(user, Grant(role), actor=secadmin, now=NOW)


def test_nobody_grants_a_role_to_themselves() -> None:
    user = make_user(Role.SECADMIN)
    with pytest.raises(DomainError, match="Nobody changes the role or the state of their"):
        administration.grant_role(user, Grant(Role.HR), actor=user.actor, now=NOW)


def test_the_line_of_a_grant_says_what_was_and_what_is() -> None:
    organ, user = make_organ(code="A"), make_user(Role.STAFF)
    grant = Grant(Role.HR, Scope(organ.id))
    administration.grant_role(user, grant, actor=make_user(Role.SECADMIN).actor, now=NOW)
    (line,) = lines(Action.ACCOUNT_GRANT)
    nowhere = {"organ": None, "section": None, "person": None}
    assert line.details["before"] == {"role": "staff", **nowhere}
    assert line.details["after"] == {"role": "hr", **nowhere, "organ": "A"}


def test_no_secret_is_written_into_the_audit_log() -> None:
    user, token = administration.open_account("040117", actor=SYSTEM, now=NOW)
    service.use_link(token, GOOD, now=NOW)
    administration.grant_role(user, Grant(Role.STAFF), actor=SYSTEM, now=NOW)
    cookie = service.sign_in("040117", GOOD, now=NOW)
    written = str([line.details for line in db.session.scalars(select(AuditEvent))])
    assert not any(secret in written for secret in (token, GOOD, cookie, "argon2"))


def test_set_password_is_a_step_for_those_who_make_many_accounts() -> None:
    with unit_of_work(SYSTEM) as unit:
        user = administration.create_account(unit, "040117", grant=Grant(Role.HR), now=NOW)
        service.set_password(unit, user, GOOD, now=NOW)
    assert service.sign_in("040117", GOOD, now=NOW)


def address_of(user: User) -> str | None:
    db.session.rollback()
    return db.session.get_one(User, user.id).mail_address


def test_ones_own_mail_address_is_set_and_removed_with_a_line_that_does_not_hold_it() -> None:
    user, other = make_user(Role.STAFF), make_user(Role.STAFF, mail_address="other@example.cn")
    service.change_mail(user.actor, " zhou.min＠example.cn ")
    assert address_of(user) == "zhou.min@example.cn"
    service.change_mail(user.actor, " ")
    assert address_of(user) is None
    assert address_of(other) == "other@example.cn"
    written = lines(Action.ACCOUNT_MAIL)
    assert [(line.user_id, line.subject_id) for line in written] == [(user.id, str(user.id))] * 2
    assert [line.details["to"] for line in written] == ["set", "removed"]
    assert "example" not in str([vars(line) for line in written])


def test_a_wrong_mail_address_changes_nothing() -> None:
    user = make_user(Role.STAFF, mail_address="zhou@example.cn")
    with pytest.raises(BadMail):
        service.change_mail(user.actor, "zhou@example")
    assert address_of(user) == "zhou@example.cn"
    assert lines(Action.ACCOUNT_MAIL) == []


@pytest.mark.parametrize("role", [Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR])
def test_no_address_is_kept_of_who_gets_no_notices(role: Role) -> None:
    user = make_user(role)
    with pytest.raises(NotAllowed):
        service.change_mail(user.actor, "zhou@example.cn")
    assert address_of(user) is None
