"""Readers of identity numbers, phone numbers and credit codes. Pure."""

import re
import unicodedata
from datetime import date

from stdnum.cn import ric, uscc

from evalsys.core.errors import N_
from evalsys.foundation.uploads.cells import Read, Unreadable, Value, shown

ID_NUMBER = re.compile(r"\d{17}[\dX]")
MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?")
CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z.


def read_id_number(value: Value) -> Read:
    """Validate an identity number (GB 11643). It is not stored."""
    if not isinstance(value, str):
        raise Unreadable(
            N_("Excel stored it as a number and lost its last digits"),
            N_("Set the column to “Text” and fill it in again"),
        )
    text = unicodedata.normalize("NFKC", value).strip().upper()
    if not ID_NUMBER.fullmatch(text):
        raise Unreadable(
            N_("An identity number has 18 characters; this one has %(length)s"),
            N_("17 digits, then a digit or X"),
            length=len(text),
        )
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError as error:
        raise Unreadable(
            N_("The birthday in it does not exist"), N_("Look at characters 7 to 14")
        ) from error
    if text[17] != ric.calc_check_digit(text):
        raise Unreadable(
            N_("The check digit is wrong: a digit is mistyped"), N_("Compare with the card")
        )
    return Read(text)


def read_phone(value: Value) -> Read:
    """Validate a phone number. It is not stored."""
    text = unicodedata.normalize("NFKC", shown(value)).replace(" ", "")
    if MOBILE.fullmatch(text) or LANDLINE.fullmatch(text):
        return Read(text)
    raise Unreadable(
        N_("This is not a phone number: %(length)s digits"),
        N_("A mobile number of 11 digits, or 0532-12345678"),
        length=sum(sign.isdigit() for sign in text),
    )


def read_credit_code(value: Value) -> Read:
    """Read a unified social credit code (GB 32100)."""
    text = unicodedata.normalize("NFKC", shown(value)).upper()
    if len(text) != 18 or any(sign not in CREDIT_SIGNS for sign in text):  # noqa: PLR2004
        raise Unreadable(
            N_("A credit code has 18 characters; this one has %(length)s"),
            N_("Digits and capital letters without I, O, S, V, Z"),
            length=len(text),
        )
    if text[17] != uscc.calc_check_digit(text):
        raise Unreadable(
            N_("The check digit is wrong: a digit is mistyped"),
            N_("Compare with the certificate of the organ"),
        )
    return Read(text)
