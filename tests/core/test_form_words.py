"""The error messages of every form are in the language of the page."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator

import pytest
import wtforms
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict
from wtforms.validators import (
    AnyOf,
    EqualTo,
    InputRequired,
    Length,
    NoneOf,
    NumberRange,
    Regexp,
)

import evalsys
from evalsys.core.forms import Form, SelectChoice
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.policies.forms import PolicyForm, policy_form
from evalsys.personnel.pool.forms import UnitForm
from tests.factories import make_policy, make_user

BAD = ("", "x", "x" * 10_000, "-1", "999999999999", "2026-02-31")


def forms() -> Iterator[type[Form]]:
    """Return every form class that takes no arguments."""
    for module in pkgutil.walk_packages(evalsys.__path__, "evalsys."):
        importlib.import_module(module.name)
    waiting = [Form]
    while waiting:
        found = waiting.pop().__subclasses__()
        waiting += found
        yield from (one for one in found if one.__module__.startswith("evalsys."))


def errors_of(form: Form) -> list[str]:
    for field in form:
        if isinstance(field, wtforms.SelectFieldBase) and getattr(field, "choices", ()) is None:
            field.choices = []  # type: ignore[attr-defined]  # The page gives the real ones.
    form.validate()
    return [str(each) for errors in form.errors.values() for each in errors if each]


@pytest.mark.parametrize("text", BAD)
def test_no_form_answers_a_chinese_page_in_english(app: Flask, text: str) -> None:
    make_policy()
    seen = set()
    for kind in forms():
        with app.test_request_context(method="POST"), force_locale("zh"):
            if kind is PolicyForm:  # Its fields are those of the rules that features bring.
                kind = type(policy_form())  # noqa: PLW2901
            names = [one.name for one in kind() if one.name != "csrf_token"]
            sent = MultiDict((name, text) for name in names)
            found = errors_of(kind(formdata=sent, meta={"csrf": False}))
            seen.update(found)
            mixed = [one for one in found if re.search("[A-Za-z]{3}", re.sub("x+", "", one))]
            assert not mixed, kind
    assert seen or text == "-1"


class EveryForm(Form):
    """Validators and fields of WTForms without a message of ours."""

    needed = wtforms.StringField(validators=[InputRequired()])
    least = wtforms.StringField(validators=[Length(min=4)])
    exact = wtforms.StringField(validators=[Length(min=4, max=4)])
    most = wtforms.StringField(validators=[Length(max=4)])
    between = wtforms.StringField(validators=[Length(min=4, max=5)])
    number = wtforms.IntegerField(validators=[NumberRange(min=4)])
    small = wtforms.IntegerField(validators=[NumberRange(max=4)])
    inside = wtforms.IntegerField(validators=[NumberRange(4, 5)])
    same = wtforms.StringField(validators=[EqualTo("needed")])
    pattern = wtforms.StringField(validators=[Regexp("a")])
    one = wtforms.StringField(validators=[AnyOf(["a"])])
    none = wtforms.StringField(validators=[NoneOf(["123456"])])
    day = wtforms.DateField()
    moment = wtforms.DateTimeLocalField()
    hour = wtforms.TimeField()
    share = wtforms.DecimalField()
    choice = wtforms.SelectField(choices=[SelectChoice("a")])
    choices = wtforms.SelectMultipleField(choices=[SelectChoice("a")])
    code = wtforms.SelectField(choices=[SelectChoice(1)], coerce=int)


@pytest.mark.parametrize("text", ["", "x", "123456", "-7"])
def test_a_validator_without_words_of_its_own_speaks_the_language_of_the_page(
    app: Flask, text: str
) -> None:
    with app.test_request_context(method="POST"), force_locale("zh"):
        names = [one.name for one in EveryForm() if one.name != "csrf_token"]
        form = EveryForm(formdata=MultiDict((name, text) for name in names), meta={"csrf": False})
        found = errors_of(form)
    assert found
    assert not [one for one in found if re.search("[A-Za-z]{2}|%", one)]


def test_a_reason_that_is_too_short_is_refused_in_chinese(
    app: Flask, sign_in: Callable[[User], FlaskClient]
) -> None:
    make_policy()
    client = sign_in(make_user(Role.HR))
    client.get("/switch?lang=zh")
    page = client.post("/tickets/ceiling", data={"number": "A1", "reason": "x"}).text
    assert "4 至 200 字" in page
    assert "characters" not in page


UNREADABLE = {
    wtforms.DateField: ("2026-13-40", "This is not a date"),
    wtforms.DateTimeField: ("2026-13-40 25:00", "This is not a date with a time"),
    wtforms.TimeField: ("25:61", "This is not a time of day"),
    wtforms.IntegerField: ("zwei", "This is not a whole number"),
    wtforms.DecimalField: ("zwei", "This is not a number"),
}


RANGE = "Give a whole number between"  # Says more than that it is no number.


def test_what_cannot_be_read_is_not_called_missing(app: Flask) -> None:
    """Of every form: whoever typed a day is not asked to fill it in."""
    tried = set()
    for form_class in set(forms()) - {PolicyForm}:
        with app.test_request_context("/?lang=en", method="POST"):
            try:
                kinds = {one.name: type(one) for one in form_class()}
            except TypeError:
                continue  # It takes arguments.
            wrong = {
                name: UNREADABLE[kind]
                for name, kind in kinds.items()
                if kind in UNREADABLE and kind is not wtforms.DateTimeField
            }
            sent = MultiDict((name, text) for name, (text, _words) in wrong.items())
            form = form_class(formdata=sent)
            errors_of(form)
            for name, (_text, words) in wrong.items():
                said = [str(error) for error in form[name].errors]
                tells = words in said or any(error.startswith(RANGE) for error in said)
                assert tells, (form_class, name)
                assert "Please fill this in." not in form[name].errors
                tried.add(kinds[name])
    assert wtforms.DateField in tried


def test_what_was_left_empty_is_still_asked_for(app: Flask) -> None:
    for text in ("", "  "):
        with app.test_request_context("/?lang=en", method="POST"):
            form = UnitForm(formdata=MultiDict({"starts_on": text}))
            errors_of(form)
            assert list(form["starts_on"].errors) == ["Please fill this in."]
