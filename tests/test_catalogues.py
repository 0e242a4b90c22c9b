"""Both languages are complete, and keep to the same rules. See docs/architecture.md."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import force_locale, get_translations, gettext, lazy_gettext, pgettext
from sqlalchemy import select

from evalsys.core.city import BY_NUMBER, say
from evalsys.core.error_pages import words_of as words_of_error
from evalsys.core.errors import DomainError, Filled
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.rules import Step
from evalsys.organisation.periods.service import move_period
from evalsys.ratings.services.lists import COLUMNS as HANDLED_COLUMNS
from evalsys.ratings.tickets.lists import CHANNELS, COLUMNS, groups_named
from evalsys.reform.benchmarks.lists import COLUMNS as FIGURE_COLUMNS
from evalsys.results.closing.queries import obstacles
from evalsys.roster.columns import PEOPLE, SECTIONS
from evalsys.roster.presenter import show_change
from tests.factories import make_period, make_section, make_staff, make_user
from tests.routes import addresses
from tests.short_words import uses
from tests.world import NOW, make_world

ROOT = Path(__file__).parent.parent
LANGUAGES = ("zh", "en")

HAN = "\u4e00-\u9fff"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
# A number and the word that it counts, up to two words later, unless the text has both forms.
COUNTED = re.compile(r"%\((\w+)\)s(?: \w+){0,2}? (\w+s|people|\w*men)\b")
NO_PLURAL = re.compile(
    "agrees|answers|as|asks|becomes|bears|begins|belongs|changes|comes|counts|does|ends|exists"
    "|gets|has|holds|is|its|lists|needs|others|reads|runs|sees|sets|starts|stays|takes|this"
    "|unpacks|was|Was"
)
OTHER_NUMBER = {
    ("file", "cells"),
    ("period", "sections"),
    ("person", "others"),
    ("cells", "columns"),
}
# Comma, colon and so on of the other script; a placeholder has brackets of its own.
HALF_WIDTH = re.compile(rf"[{HAN}][,;:!?()]|[,;:!?()][{HAN}]")
NEVER_IN_CHINESE = re.compile(r"""[！"']| [，。；：、）]|[，。；：、（] |。。""")

# Chinese that an English text may quote: how cells of a workbook and headings are called.
QUOTED = {"错误", "清空", "班", "休", *CHANNELS, *groups_named()}
LISTS = (COLUMNS, HANDLED_COLUMNS, FIGURE_COLUMNS)
QUOTED |= {*chain.from_iterable(chain.from_iterable(one.values() for one in LISTS))}
for sheet in (PEOPLE, SECTIONS):
    QUOTED |= {sheet.zh, *(column.zh for column in sheet.columns)}

# Latin words of Chinese pages that no catalogue holds: the link to English, and formulas.
FORMULAS = {"English", "Smax", "max"}


@cache
def catalogue(lang: str) -> Catalog:
    path = ROOT / f"evalsys/translations/{lang}/LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=lang)


def messages(lang: str) -> list[Message]:
    return [message for message in catalogue(lang) if message.id]


def words_of(message: Message) -> tuple[str, ...]:
    """What stands there for a message: a plural has as many texts as the language has forms."""
    texts = message.string
    return texts if isinstance(texts, tuple) else (str(texts),)


def english_of(message: Message) -> str:
    """The English text, in its plural if it has one."""
    return message.id if isinstance(message.id, str) else message.id[-1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_catalogue_holds_exactly_the_texts_of_code_and_pages(lang: str) -> None:
    held = {(message.context, message.id) for message in messages(lang)}
    assert uses().keys() - held == set()
    assert held - uses().keys() == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_missing_or_guessed(lang: str) -> None:
    forms = catalogue(lang).num_plurals
    for message in messages(lang):
        assert all(words_of(message)), message.id
        assert not message.fuzzy, message.id
        assert len(words_of(message)) == (1 if isinstance(message.id, str) else forms), message.id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_has_the_placeholders_of_its_message(lang: str) -> None:
    for message in messages(lang):
        placeholders = set(PLACEHOLDER.findall(english_of(message)))
        for text in words_of(message)[-1:]:
            assert set(PLACEHOLDER.findall(text)) == placeholders, message.id
        for text in words_of(message)[:-1]:  # “one job” needs no number.
            assert set(PLACEHOLDER.findall(text)) <= placeholders, message.id


def test_every_number_has_a_word_for_one_and_one_for_several() -> None:
    """`core.city.in_number` chooses; the name before the words is a value of the message."""
    wrong = [
        (message.string, noun)
        for message in messages("en")
        if isinstance(message.string, str)
        for name, noun in COUNTED.findall(message.string)
        if not NO_PLURAL.fullmatch(noun) and (name, noun) not in OTHER_NUMBER
    ]
    assert wrong == []
    for message in messages("en"):
        for text in words_of(message):
            named = BY_NUMBER.findall(text)
            assert all(f"%({name})s" in text for name, _one, _more in named), text
            assert "{" not in BY_NUMBER.sub("", text), text


@pytest.mark.parametrize("number", [0, 1, 2, "1", "1,001", "<10"])
def test_one_row_is_told_as_one(app: Flask, number: object) -> None:
    text = "The workbook is written: %(rows)s rows."
    told = f"The workbook is written: {number} row{'' if str(number) == '1' else 's'}."
    with app.test_request_context(), force_locale("en"):
        assert gettext(text, rows=number) == told
        assert str(lazy_gettext(text, rows=number)) == told
        escaped = told.replace("<", "&lt;")
        assert render_template_string("{{ _(text, rows=n) }}", text=text, n=number) == escaped
        assert say(Filled(text, {"rows": number}), "en") == told
        assert words_of_error(DomainError(text, rows=number)) == told
        letter = "%(training)s, %(count)s hours"
        assert pgettext("sheet", letter, training="A", count=1) == "A, 1 hour"


def test_every_text_is_compiled_as_it_is_written(app: Flask) -> None:
    for lang in LANGUAGES:
        with app.test_request_context(), force_locale(lang):
            compiled = get_translations()
            for message in messages(lang):
                if message.context:
                    found = compiled.upgettext(message.context, message.id)
                    assert found == message.string
                elif isinstance(message.id, str):
                    assert compiled.ugettext(message.id) == message.string
                else:
                    assert compiled.ungettext(*message.id, 5) == words_of(message)[-1]


def test_chinese_has_the_punctuation_of_chinese() -> None:
    for message in messages("zh"):
        for text in words_of(message):
            plain = PLACEHOLDER.sub("", text)
            assert not HALF_WIDTH.search(plain), text
            assert not NEVER_IN_CHINESE.search(text), text


def test_a_sentence_ends_as_one_in_both_languages() -> None:
    for message in messages("zh"):
        english = english_of(message).rstrip()
        is_sentence = english.endswith(".") and " " in english
        for text in words_of(message):
            assert text.rstrip().endswith("。") == is_sentence, message.id


def test_english_quotes_no_chinese_but_the_words_of_workbooks() -> None:
    for message in messages("en"):
        for text in words_of(message):
            assert set(re.findall(rf"[{HAN}]+", text)) <= QUOTED, text


class Visible(HTMLParser):
    """Collects what a person reads or hears of a page, and leaves out what bears another `lang`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hidden = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script"} or ("translate", "no") in attrs:  # Keys are no words.
            self.hidden = tag
        spoken = {"aria-label", "placeholder", "alt", "title"}
        self.texts += [value for name, value in attrs if name in spoken and value]

    def handle_endtag(self, tag: str) -> None:
        if tag == self.hidden:
            self.hidden = ""

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(data)


def stored_texts() -> str:
    """Everything that people have typed or the world has stored, in any column."""
    tables = metadata.sorted_tables
    rows = chain.from_iterable(db.session.execute(select(table)) for table in tables)
    return " ".join(str(value) for row in rows for value in row)


def pages(client: FlaskClient, paths: list[str], lang: str) -> Iterator[tuple[str, str]]:
    client.set_cookie("lang", lang)
    for path in paths:
        answer = client.get(path)
        if answer.mimetype == "text/html" and answer.status_code not in {302, 303}:
            yield path, " ".join(Visible(answer.text).texts)
        answer.close()  # A file that was sent stays open until then.


ROLES = [None, Role.HR, Role.COUNTER, Role.CHIEF, Role.LEADER, Role.STAFF, Role.SYSADMIN]


@pytest.mark.only("sqlite", "the words of a page do not depend on the database")
@pytest.mark.parametrize("role", [*ROLES, Role.SECADMIN, Role.AUDITOR])
def test_every_page_is_in_the_language_that_was_chosen(
    app: Flask, sign_in: Callable[[User], FlaskClient], role: Role | None
) -> None:
    with app.test_request_context():
        world = make_world()
    client = app.test_client() if role is None else sign_in(world.users[role])
    paths = [*addresses(world), "/r", "/nothing"]
    english, chinese = (list(pages(client, paths, lang)) for lang in ("en", "zh"))
    stored = stored_texts() + app.config["ORGANISATION"]
    for path, text in english:
        for word in re.findall(rf"[{HAN}]+", text):
            assert word in QUOTED or word in stored or word == "中文", (path, word)
    ours = " ".join(chain.from_iterable(words_of(message) for message in messages("zh")))
    known = {*re.findall("[A-Za-z]{3,}", f"{ours} {stored}"), *FORMULAS}
    for path, text in chinese:
        assert set(re.findall("[A-Za-z]{3,}", text)) - known == set(), path


def test_the_errors_of_a_form_and_of_a_list_are_in_the_language_that_was_chosen(
    app: Flask, sign_in: Callable[[User], FlaskClient]
) -> None:
    make_staff(make_section())
    client = sign_in(make_user(Role.HR))
    client.set_cookie("lang", "zh")
    form = client.post("/tickets", data={"served_on": "2026-02-30"}).text
    assert "办理日期：不是日期" in form
    invited = client.post("/tickets/invite", data={"rater_group": "nobody"}).text
    assert "评价人：不在可选值之内" in invited
    file = BytesIO("办理日期,工号\n2026-13-20,1001\n".encode())
    answer = client.post("/tickets/list", data={"file": (file, "名单.csv")}).text
    assert "没有 13 月" in answer
    assert "served_on" not in answer


def test_what_a_transfer_does_is_said_with_the_words_of_the_pages(app: Flask) -> None:
    change = {
        "code": "1001",
        "name": "郑桂英",
        "sheet": "people",
        "column": "section_code",
        "before": "企业登记科",
        "after": "综合受理科",
        "effect": "From %(day)s; in %(period)s both sections count a part",
        "params": {"day": "2026-11-24", "period": "2026-Q4"},
    }
    with app.test_request_context(), force_locale("zh"):
        effect = show_change(change).effect
    assert effect == "自2026年11月24日（周二）起；2026年第四季度两个科室各计一段"


def test_a_refusal_says_state_and_day_in_words(app: Flask) -> None:
    period = make_period("2026-Q3", state=PeriodState.PUBLISHED)
    with app.test_request_context(), force_locale("zh"):
        with pytest.raises(
            DomainError, match="this step is not possible any more, or not"
        ) as refused:
            move_period(period, Step.CLOSE, now=NOW)
        assert "目前“已公布”" in words_of_error(refused.value)
        running = make_period("2026-Q4")
        (obstacle,) = obstacles(running, on=date(2026, 11, 24))
        assert "到2026年12月31日结束" in words_of_error(obstacle)
