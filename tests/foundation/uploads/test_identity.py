"""Check digits by the formulas of the standards, compared with the readers."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalsys.foundation.uploads.cells import Unreadable
from evalsys.foundation.uploads.identity import CREDIT_SIGNS, read_credit_code, read_id_number

DIGITS = "0123456789"
CREDIT = st.text(CREDIT_SIGNS, min_size=17, max_size=17)
# Six digits of a place, a day that exists, a serial number.
CARD = st.builds(
    lambda place, day, serial: f"{place:06}{day:%Y%m%d}{serial:03}",
    st.integers(110_000, 659_999),
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(0, 999),
)


def id_check(first: str) -> str:
    """GB 11643-1999, 4.2: ISO 7064, MOD 11-2."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, first, strict=True))
    return "10X98765432"[total % 11]


def credit_check(first: str) -> str:
    """GB 32100-2015, 4.2: weights are the powers of 3 modulo 31."""
    total = sum(pow(3, place, 31) * CREDIT_SIGNS.index(sign) for place, sign in enumerate(first))
    return CREDIT_SIGNS[-total % 31]


@given(CARD)
def test_an_identity_number_is_read_with_its_check_digit_alone(first: str) -> None:
    right = id_check(first)
    assert read_id_number(first + right.lower()).value == first + right
    for wrong in set(DIGITS + "X") - {right}:
        with pytest.raises(Unreadable, match="check digit"):
            read_id_number(first + wrong)


@given(CREDIT)
def test_a_credit_code_is_read_with_its_check_sign_alone(first: str) -> None:
    right = credit_check(first)
    assert read_credit_code(first + right).value == first + right
    for wrong in set(CREDIT_SIGNS) - {right}:
        with pytest.raises(Unreadable, match="check digit"):
            read_credit_code(first + wrong)


@given(CREDIT, st.integers(0, 16), st.sampled_from(CREDIT_SIGNS))
def test_one_mistyped_sign_of_a_credit_code_is_noticed(first: str, at: int, sign: str) -> None:
    assume(first[at] != sign)
    with pytest.raises(Unreadable, match="check digit"):
        read_credit_code(first[:at] + sign + first[at + 1 :] + credit_check(first))
