"""Codes of tickets: printed in groups of four, found in whatever surrounds them, and mended."""

import contextlib
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.ratings.tickets.rules.codes import (
    ALPHABET,
    CODE_LENGTH,
    MistypedTicket,
    grouped,
    groups_of,
    near_secrets,
    read_code,
    typed_symbols,
    write_code,
)

NEW, OLD = st.binary(min_size=10, max_size=10), st.binary(min_size=16, max_size=16)
EITHER = st.one_of(NEW, OLD)
# What chat programs, browsers, print and people put around a code.
DRESSES = (
    "{0}",
    "{0}&from=singlemessage&isappinstalled=0",
    "{0}?from=timeline",
    "{0}#wechat_redirect",
    "/{0}",
    "{0}/",
    "{0}。",
    "{0}，",
    "{0})",
    "{0}%E3%80%82",
    "“{0}”",
    "《{0}》",
    "评价码：{0}",
    "评价码{0}谢谢",
    "code {0}",
    "https://rate.example.gov.cn/r#{0}",
    "https://rate.example.gov.cn/r/{0}?from=timeline&isappinstalled=0",
    "https://rate.example.gov.cn/R#{0}#wechat_redirect",
    "\ufeff{0}\u200b",
    "  {0}\r\n",
)
JOINTS = ("", " ", "-", "\u2013", "\u2014", "\u2212", "\u200b", "\u3000", " - ", "\u00ad")


@given(EITHER, st.sampled_from(DRESSES), st.sampled_from(JOINTS), st.booleans())
def test_a_code_is_found_in_whatever_surrounds_it(
    secret: bytes, dress: str, joint: str, is_lower: bool
) -> None:
    code = joint.join(groups_of(write_code(secret)))
    assert read_code(dress.format(code.lower() if is_lower else code)) == secret


@given(EITHER, st.sampled_from([".", "/", "·", ",", "、"]))
def test_any_sign_may_divide_the_groups_of_a_code_alone(secret: bytes, sign: str) -> None:
    assert read_code(sign.join(groups_of(write_code(secret)))) == secret


@given(EITHER)
def test_letters_that_are_never_printed_are_what_they_look_like(secret: bytes) -> None:
    code = write_code(secret)
    for printed, typed in (("0", "O"), ("1", "I"), ("1", "l"), ("V", "u")):
        assert read_code(code.replace(printed, typed)) == secret


def test_a_code_has_four_groups_of_four_and_a_letter_that_checks() -> None:
    assert [len(group) for group in grouped(write_code(bytes(10))).split()] == [4, 4, 4, 4, 1]
    assert [len(group) for group in grouped(write_code(bytes(16))).split()] == [3] * 9
    assert len(write_code(secrets.token_bytes(10))) == CODE_LENGTH


def _first_that_differs(symbols: str, code: str) -> int:
    same = [one == other for one, other in zip(symbols, code, strict=False)]
    return min(same.index(False) if False in same else len(symbols), len(code) - 1)


@given(EITHER, st.data())
def test_every_single_slip_is_noticed_and_leads_to_its_group(
    secret: bytes, data: st.DataObject
) -> None:
    code = write_code(secret)
    size = len(groups_of(code)[0])
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([one for one in ALPHABET if one != code[place]]))
    wrong = code[:place] + other + code[place + 1 :]
    with pytest.raises(MistypedTicket):
        read_code(wrong)
    assert near_secrets(wrong)[secret] == place // size + 1
    for changed in (code[:place] + code[place + 1 :], code[:place] + other + code[place:]):
        assert near_secrets(changed)[secret] == _first_that_differs(changed, code) // size + 1


@given(NEW, st.integers(0, CODE_LENGTH - 2))
def test_two_exchanged_neighbours_are_noticed(secret: bytes, place: int) -> None:
    code = write_code(secret)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped == code:
        return
    with pytest.raises(MistypedTicket):
        read_code(swapped)
    assert secret in near_secrets(swapped)


@given(NEW)
def test_a_wrong_code_inside_a_link_is_mended_too(secret: bytes) -> None:
    code = write_code(secret)
    wrong = code[:5] + ("7" if code[5] != "7" else "8") + code[6:]
    symbols = typed_symbols(f"https://rate.example.gov.cn/r#{wrong}&from=singlemessage")
    assert near_secrets(symbols)[secret] == 2


@given(st.text(max_size=500))
def test_any_text_is_a_code_or_is_refused_in_words(text: str) -> None:
    near_secrets(typed_symbols(text))
    with contextlib.suppress(MistypedTicket):
        assert len(read_code(text)) in {10, 16}
