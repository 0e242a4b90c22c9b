"""One word for a section and its chief, whatever the city calls them, in every text of ours."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from config import TestConfig
from evalsys import create_app
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.results.reports.sheets.registry import all_books
from evalsys.roster.marking.template import make_template
from tests.cases.letters.reading import words
from tests.exports.books import make_closed_city, read
from tests.papers import PAPERS
from tests.personnel.letters.sources import make_source
from tests.routes import addresses
from tests.test_catalogues import pages
from tests.world import make_world

OURS = ("科室", "科长")
NAMED = "科长接待室"  # A section whose name holds a word that the city does not use.


@pytest.fixture
def city(app: Flask) -> Iterator[Flask]:
    app.config["SECTION_WORD"] = "处室"
    yield app
    app.config["SECTION_WORD"] = "科室"


def without_names(text: str) -> str:
    return text.replace(NAMED, "")


@pytest.mark.only("sqlite", "the words of a page do not depend on the database")
@pytest.mark.parametrize("role", [Role.HR, Role.CHIEF, Role.LEADER, Role.STAFF, Role.SYSADMIN])
def test_no_page_says_another_word_than_the_city(
    city: Flask, sign_in: Callable[[User], FlaskClient], role: Role
) -> None:
    world = make_world()
    section = db.session.scalars(select(Section).order_by(Section.id)).first()
    assert section is not None
    section.name = NAMED
    db.session.commit()
    shown = dict(pages(sign_in(world.users[role]), addresses(world), "zh"))
    for path, text in shown.items():
        assert not [word for word in OURS if word in without_names(text)], path
    if role is Role.HR:
        assert any("处室" in text for text in shown.values())
        assert any("处长" in text for text in shown.values())
        assert any(NAMED in text for text in shown.values()), "the name of a section stays"


@pytest.mark.only("sqlite", "nor do those of a workbook")
@pytest.mark.usefixtures("city")
def test_no_workbook_says_another_word_than_the_city(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    low.name = NAMED
    db.session.commit()
    for name in all_books():
        said = without_names(str(read(tmp_path, name)))
        assert not [word for word in OURS if word in said], name
        assert "处室" in said, name


def test_no_letter_says_another_word_than_the_city() -> None:
    said = [
        words(paper.build(make_source(kind, move, {move: {}}, post="", section_word="处室")))
        for (kind, move), papers in PAPERS.items()
        for paper in papers
    ]
    assert not [word for word in OURS if word in "".join(said)]
    assert "处室" in "".join(said)


@pytest.mark.usefixtures("city")
def test_the_template_of_a_roster_has_the_words_of_the_city() -> None:
    book = load_workbook(io.BytesIO(make_template()))
    said = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "单位处室" in book.sheetnames
    assert not [text for text in said if any(word in text for word in OURS)]
    assert "处室编码*" in said


def test_the_start_is_refused_with_a_word_that_nobody_knows() -> None:
    class Wrong(TestConfig):
        SECTION_WORD = "部门"

    with pytest.raises(RuntimeError, match="EVALSYS_SECTION_WORD"):
        create_app(Wrong)
