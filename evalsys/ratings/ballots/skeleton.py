"""The cached page of the blank form.

Blank forms differ in ten short texts. The template is rendered once with placeholders, split there,
and joined with the texts of each request. A filled-in form is rendered by the template itself, from
the same texts.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from flask import current_app, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from evalsys.core import pages
from evalsys.core.city import section_word
from evalsys.core.extensions import language
from evalsys.ratings.ballots.forms import is_ballot
from evalsys.ratings.ballots.phone import is_shared
from evalsys.ratings.ballots.queries import HeldTicket, Served
from evalsys.ratings.ballots.rules import COMMENT_LENGTH, REASONS, Problem
from evalsys.ratings.ballots.words import LEVEL_WORDS, QUESTIONS, post_words

MARK = re.compile("\x02(\\d+)\x03")  # Control characters that no text contains.


class FormTexts(NamedTuple):
    """The texts of a form about one person, unescaped."""

    post: str
    number: str
    section: str
    matter: str  # "" if the ticket names none.
    served_on: str
    until: str
    code: str
    key: str
    kept_as: str  # The local storage key of an unsent draft.
    least: str  # Ballots needed before results are shown.


class PersonFacts(NamedTuple):
    """A person as citizens know them."""

    post: str | None
    window_no: str | None


class Skeleton:
    """A page split at its placeholders."""

    def __init__(self, page: str) -> None:
        parts = MARK.split(page)
        self._first = parts[0]
        self._pieces = [
            (int(place), text) for place, text in zip(parts[1::2], parts[2::2], strict=True)
        ]

    def fill(self, shown: FormTexts) -> str:
        """Return the page with the texts of one form."""
        texts = [str(escape(text)) for text in shown]
        return self._first + "".join([texts[place] + text for place, text in self._pieces])


@dataclass(frozen=True)
class OpenForm:
    """A form to show: whom it rates, what was typed, and its validation errors."""

    ticket: HeldTicket
    person: Served
    answers: MultiDict[str, str] = field(default_factory=MultiDict)
    problems: Sequence[Problem] = ()


class FormVariant(NamedTuple):
    """What the page of a blank form varies by, besides its texts."""

    language: str
    city: str
    root: str
    is_large: bool
    is_shared: bool


def draw_form(opened: OpenForm, key: bytes, least: int) -> str:
    """Return the page of a form, with the key that the phone sends back."""
    look = look_of_request()
    shown = texts_of(opened, look, key, least)
    if opened.answers or opened.problems or len(opened.ticket.served) > 1:
        return draw_whole(shown, opened)
    return _skeleton(look, has_matter=bool(shown.matter)).fill(shown)


def look_of_request() -> FormVariant:
    """Return the variant of the page for this request."""
    return FormVariant(
        language(), section_word(), request.root_path, pages.large_print(), is_shared()
    )


def draw_whole(shown: FormTexts, opened: OpenForm | None = None) -> str:
    """Render the page by its template; a blank form for one person by default."""
    answers = opened.answers if opened else MultiDict[str, str]()
    errors = {p.field: _(p.message, **p.params) for p in opened.problems} if opened else {}
    is_filled = is_ballot(answers)
    return render_template(
        "ratings/form.html",
        shown=shown,
        others=[p for p in opened.ticket.served if p != opened.person] if opened else [],
        errors=errors,
        is_filled=is_filled,
        typed=answers.get("reference", "")[:20],
        fields=_draw_fields(answers, errors)
        if is_filled
        else _draw_blank(language(), section_word()),
    )


def texts_of(opened: OpenForm, look: FormVariant, key: bytes, least: int) -> FormTexts:
    """Return the texts of a form about its person."""
    ticket, person = opened.ticket, opened.person
    return FormTexts(
        post=_post_text(look, person.post, person.window_no),
        number=person.number,
        section=person.section,
        matter=ticket.service_type or "",
        served_on=_day_text(look, ticket.served_on, is_short=look.is_large),
        until=_day_text(look, ticket.valid_until, is_short=True),
        code=ticket.code,
        key=key.hex(),
        kept_as=f"{ticket.hash[:6].hex()}-{person.number}",
        least=str(least),
    )


@functools.lru_cache(maxsize=1024)
def _post_text(_look: FormVariant, post: str | None, window_no: str | None) -> str:
    """Return the words for a post; cached, since translating costs as much as the ticket query."""
    return post_words(PersonFacts(post, window_no))


@functools.lru_cache(maxsize=1024)
def _day_text(_look: FormVariant, day: date, *, is_short: bool) -> str:
    return pages.short_day(day) if is_short else pages.day_words(day)


def _skeleton(look: FormVariant, *, has_matter: bool) -> Skeleton:
    """Return the page of a blank form, rendered at the first call."""
    pages_by_look: dict[tuple[FormVariant, bool], Skeleton]
    pages_by_look = current_app.extensions.setdefault("form_pages", {})
    if (look, has_matter) not in pages_by_look:
        marks = FormTexts(*(f"\x02{place}\x03" for place in range(len(FormTexts._fields))))
        shown = marks if has_matter else marks._replace(matter="")
        pages_by_look[look, has_matter] = Skeleton(draw_whole(shown))
    return pages_by_look[look, has_matter]


def _draw_fields(answers: MultiDict[str, str], errors: Mapping[str, str]) -> Markup:
    html = render_template(
        "ratings/fields.html",
        answers=answers,
        errors=errors,
        questions=QUESTIONS,
        levels=LEVEL_WORDS,
        reasons=REASONS,
        comment_length=COMMENT_LENGTH,
    )
    return Markup(html)  # noqa: S704  # A template escaped it.


@functools.cache
def _draw_blank(locale: str, city: str) -> Markup:
    """Return the blank fields, the same for everybody: half of the rendering time."""
    return _draw_fields(MultiDict(), {})
