from datetime import UTC, datetime, timedelta
from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.errors import DomainError
from evalsys.foundation.accounts import passwords
from evalsys.foundation.accounts.rules import (
    LOCK,
    BadMail,
    Ending,
    WeakPassword,
    clean_mail,
    clean_name,
    minutes_left,
    why_ended,
)

NOON = datetime(2026, 7, 1, 4, tzinfo=UTC)
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
GOOD = "lantern-orbit-vinegar"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("lantern-orb", "It needs at least 12"),
        ("", "It needs at least 12"),
        ("x" * 129, "at most 128 characters"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("qwertyuiop12", "easy to guess"),
        ("Password1234", "easy to guess"),
        ("ａｂｃｄｅｆｇｈｉｊｋｌ", "easy to guess"),
        ("040117-lantern-orbit", "must not contain your name"),
        ("lantern-ZHOUMIN-orbit", "must not contain your name"),
        ("灯笼周敏轨道与陈醋和风车", "must not contain your name"),
    ],
)
def test_a_weak_password_is_refused_with_its_own_reason(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword, match=reason):
        passwords.check_password(password, ("040117", "zhoumin", "周敏"))


@pytest.mark.parametrize("password", [GOOD, GOOD * 5, "灯笼轨道陈醋风车与十二只鹤"])
def test_a_strong_password_is_taken(password: str) -> None:
    passwords.check_password(password, ("040117", "周敏"))


def test_a_short_latin_name_does_not_forbid_passwords_that_contain_it() -> None:
    passwords.check_password(GOOD, ("an", "hr"))


def test_a_hash_is_argon2id_salted_and_verifies_only_its_password() -> None:
    one, two = passwords.hash_password(GOOD), passwords.hash_password(GOOD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != two
    assert passwords.is_right(GOOD, one)
    assert not passwords.is_right(GOOD + " ", one)
    assert not passwords.is_right(GOOD, None)
    assert not passwords.is_right(GOOD, "no hash at all")


def test_full_width_digits_of_an_input_method_are_the_same_password() -> None:
    assert passwords.is_right("lantern-orbit-１２", passwords.hash_password("lantern-orbit-12"))


@pytest.mark.parametrize("name", ["", "a", "a b", "../etc", "<b>", "x" * 65, "\u202eabc", "a\nb"])
def test_a_name_nobody_could_type_again_is_refused(name: str) -> None:
    with pytest.raises(DomainError, match="A sign-in name has 2 to 64 letters, digits,"):
        clean_name(name)


@pytest.mark.parametrize(
    ("typed", "stored"), [(" 040117 ", "040117"), ("０４０１１７", "040117"), ("周敏", "周敏")]
)
def test_a_name_is_stored_as_it_will_be_typed(typed: str, stored: str) -> None:
    assert clean_name(typed) == stored


@pytest.mark.parametrize(
    ("started", "seen", "ended", "changed", "ending"),
    [
        (0, 0, None, False, None),
        (60, 30, None, False, None),
        (60, 30.1, None, False, Ending.IDLE),
        (720, 1, None, False, None),
        (720.1, 1, None, False, Ending.TOO_LONG),
        (10, 1, None, True, Ending.CHANGED),
        (10, 1, 5, False, Ending.ENDED),
    ],
)
def test_a_session_ends_for_each_cause(
    started: float, seen: float, ended: float | None, changed: bool, ending: Ending | None
) -> None:
    assert (
        why_ended(
            started_at=NOON - timedelta(minutes=started),
            seen_at=NOON - timedelta(minutes=seen),
            ended_at=None if ended is None else NOON - timedelta(minutes=ended),
            is_changed=changed,
            now=NOON,
            idle=IDLE,
            longest=LONGEST,
        )
        is ending
    )


@given(st.floats(min_value=0, max_value=LOCK.total_seconds()))
def test_minutes_left_are_never_too_few(seconds: float) -> None:
    left = minutes_left(NOON, NOON + timedelta(seconds=seconds))
    assert 1 <= left <= 30
    assert NOON + timedelta(seconds=seconds, minutes=left) >= NOON + LOCK


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" zhou.min@example.cn\n", "zhou.min@example.cn"),
        ("ｚｈｏｕ＠ｅｘａｍｐｌｅ．ｃｎ", "zhou@example.cn"),
        ("o'neil+cases@mail.gov.example.cn", "o'neil+cases@mail.gov.example.cn"),
        (f"{'a' * 64}@example.cn", f"{'a' * 64}@example.cn"),
    ],
)
def test_a_mail_address_is_stored_as_it_is_meant(typed: str, stored: str) -> None:
    assert clean_mail(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        *("", "zhou", "zhou@", "@example.cn", "zhou@example", "zhou@@example.cn", "a@b@c.cn"),
        *("zhou min@example.cn", "周@example.cn", "zhou@示例.cn", "zhou@-example.cn"),
        *(".zhou@example.cn", "zhou.@example.cn", "zh..ou@example.cn", "zhou@example..cn"),
        *("a@example.cn,b@example.cn", "a@example.cn b@example.cn", "Zhou <zhou@example.cn>"),
        *("zhou@example.cn\nBcc: x@example.cn", "zhou\r\n@example.cn", "zhou@example.cn\rx"),
        *('"zhou"@example.cn', "zhou(min)@example.cn", "=?utf-8?q?=0d=0a?=@example.cn"),
        *(f"{'a' * 65}@example.cn", f"a@{'b' * 64}.cn", f"a@{'b.' * 125}example.cn"),
    ],
)
def test_what_is_no_mail_address_is_refused(typed: str) -> None:
    with pytest.raises(BadMail):
        clean_mail(typed)


@given(st.text() | st.from_regex(r"[ -~]{0,20}@[ -~]{0,20}(\.[a-z]{2,4})?", fullmatch=True))
def test_no_mail_address_can_say_more_than_one_thing_in_a_header(typed: str) -> None:
    try:
        address = clean_mail(typed)
    except BadMail:
        return
    assert address.isascii()
    assert address.isprintable()
    assert len(address) <= 254
    assert not set(address) & set(' ,;:<>()[]"\\=?')
    assert str(Address(addr_spec=address)) == address
