"""Codes prove an address without storing it, and figures expose nobody."""

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from evalsys.reform.consultations.rules.codes import (
    SECRET,
    TAG,
    is_mailed,
    mailed_code,
    may_take_part,
    opinion_key,
    plain_address,
)
from evalsys.reform.consultations.rules.figures import OpinionVoice, count_words, mean_of, shares_of

KEYS = st.binary(min_size=16, max_size=32)
IDS = st.integers(1, 10_000)
ADDRESSES = st.emails()


@given(KEYS, IDS, ADDRESSES)
def test_an_address_has_one_code_and_it_is_ours(key: bytes, number: int, address: str) -> None:
    code = mailed_code(key, number, address)
    assert len(code) == SECRET + TAG
    assert code == mailed_code(key, number, address.swapcase().swapcase())
    assert is_mailed(key, number, code)
    assert may_take_part(key, number, code, lambda _: False)


@given(KEYS, IDS, ADDRESSES, st.integers(0, (SECRET + TAG) * 8 - 1))
def test_a_code_that_was_tampered_with_or_is_of_another_draft_is_not(
    key: bytes, number: int, address: str, bit: int
) -> None:
    code = mailed_code(key, number, address)
    other = (int.from_bytes(code) ^ 1 << bit).to_bytes(len(code))
    assert not is_mailed(key, number, other)
    assert not is_mailed(key, number + 1, code)
    assert not is_mailed(key + b"x", number, code)
    assert opinion_key(number, code) != opinion_key(number + 1, code)


def test_a_box_with_a_plus_is_the_same_person() -> None:
    assert plain_address(" Li.Na+news@Example.CN ") == "li.na@example.cn"


def test_boxes_that_begin_with_a_plus_are_two_persons() -> None:
    codes = {mailed_code(b"k", 1, f"+{box}@x.cn") for box in ("a", "b", "a", "")}
    assert len(codes) == 3


def test_only_a_ticket_or_a_code_of_ours_opens_the_form() -> None:
    secret = bytes(SECRET)
    assert may_take_part(b"k", 1, secret, lambda each: each == secret)
    assert not may_take_part(b"k", 1, secret, lambda _: False)
    assert not may_take_part(b"k", 1, b"", lambda _: True)


COUNTS = st.dictionaries(st.sampled_from(OpinionVoice), st.integers(0, 60))


@given(COUNTS, st.integers(1, 20))
def test_shares_are_whole_and_never_of_a_small_group(
    counts: Mapping[OpinionVoice, int], least: int
) -> None:
    shares = shares_of(counts, least)
    spoke = [count for count in counts.values() if count]
    assert (shares is None) == (not spoke or min(spoke) < least)
    if shares is not None:
        assert shares.keys() == set(OpinionVoice)
        assert abs(sum(shares.values(), Decimal(0)) - 100) <= 2
        for voice, share in shares.items():
            exact = Decimal(100 * counts.get(voice, 0)) / sum(spoke)
            assert abs(share - exact) <= Decimal("0.5")


@given(st.lists(st.integers(1, 5)), st.integers(1, 20))
def test_a_mean_is_of_enough_marks(marks: list[int], least: int) -> None:
    mean = mean_of(len(marks), sum(marks), least)
    assert (mean is None) == (len(marks) < least)
    if mean is not None:
        assert abs(mean - Decimal(sum(marks)) / len(marks)) <= Decimal("0.05")


def test_a_small_count_is_never_told_from_none() -> None:
    assert [count_words(count, 10) for count in (0, 9, 10)] == ["<10", "<10", "10"]
