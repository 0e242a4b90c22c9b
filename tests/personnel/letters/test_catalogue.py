"""What holds for every letter of the table."""

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from flask_babel import gettext as _
from hypothesis import given, settings
from hypothesis import strategies as st

from config import TestConfig
from evalsys import create_app
from evalsys.cases.engine.kinds import kinds_of
from evalsys.cases.engine.rules.machine import Field, FieldKind, Move
from evalsys.cases.letters.rules.blocks import Letter
from evalsys.cases.letters.rules.papers import Paper
from evalsys.cases.letters.rules.phrases import file_note
from evalsys.cases.letters.rules.source import BLANK
from evalsys.personnel.chiefs.letters import commendation
from evalsys.personnel.chiefs.rules import ladder
from evalsys.personnel.pool.letters import returns, stays
from evalsys.personnel.remedies.letters import decisions as letters
from evalsys.personnel.remedies.rules import CONTESTABLE, LAWFUL_MEASURES
from tests.cases.letters.reading import words
from tests.papers import ABOUT_NOBODY, PAPERS, papers_of
from tests.personnel.letters.sources import make_source

pytestmark = pytest.mark.only("sqlite", "a letter is made from data")

KINDS = kinds_of(create_app(TestConfig))
ALL = [(*key, paper) for key, papers in PAPERS.items() for paper in papers]
# What a step asks for and no letter says -> why.
UNSAID = {
    "answers": "stand in the file, beside the statement that they answer",
    "signed": "both sign the paper itself",
    "agreed": "between the two sections",
    "delivered": "stands on the slip that comes back",
    "attendees": "a matter of the minutes",
    "absent": "a matter of the minutes",
    "mentor": "named, not numbered",
    "handler": "named, not numbered",
    "co_owners": "named, not by their codes",
    "section": "named, not by its code",
    "sources": "stand in the file",
    "refuses": "said in words of its own",
}


def line_of(kind: str, move: str) -> Move:
    """The line of the table; there is exactly one."""
    [line] = [line for line in KINDS[kind].machine.moves if line.name == move]
    return line


def filled(field: Field) -> Any:
    """A value of a field that no letter says by chance."""
    match field.kind:
        case FieldKind.DAY:
            return "2031-07-09"
        case FieldKind.NUMBER:
            return 37
        case FieldKind.CHOICE:
            return list(field.choices)[-1]
        case FieldKind.TICK:
            return True
        case _:
            return f"〔{field.name}〕"


# A certificate hangs on a wall: it names the honour, and the decision tells the rest.
TELLING = [
    (kind, move, paper)
    for kind, move, paper in ALL
    if not paper.is_form and paper.build is not commendation.certificate
]


@pytest.mark.parametrize(("kind", "move", "paper"), TELLING)
def test_a_letter_says_all_that_its_step_asks_for(kind: str, move: str, paper: Paper) -> None:
    fields = line_of(kind, move).fields
    entry = {field.name: filled(field) for field in fields}
    said = words(paper.build(make_source(kind, move, {move: entry})))
    for field in fields:
        if field.name not in UNSAID and field.kind not in {FieldKind.CHOICE, FieldKind.TICK}:
            wanted = "2031年7月9日" if field.kind is FieldKind.DAY else str(entry[field.name])
            assert wanted in said, field.name


@pytest.mark.parametrize(
    ("official", "kind", "move", "name"),
    [
        (ladder.MEASURES, "chief", "decide", "measure"),
        (returns.OFFICIAL, "return", "propose", "situation"),
        (stays.OFFICIAL, "pool", "measure", "measure"),
        (letters.OUTCOMES, "remedy", "decide", "outcome"),
    ],
)
def test_every_choice_has_its_official_words(
    official: dict[str, str], kind: str, move: str, name: str
) -> None:
    [field] = [field for field in line_of(kind, move).fields if field.name == name]
    assert official.keys() == field.choices.keys()


def test_everything_contestable_has_a_name_in_the_decision_on_it() -> None:
    assert letters.ACTS.keys() == CONTESTABLE


@pytest.mark.parametrize(
    ("kind", "move", "measure"),
    [
        *((*key, None) for key in sorted(CONTESTABLE) if key in PAPERS),
        *(("pool", "measure", name) for name in ("admonition", "transfer", "dismissal_advice")),
        *(("pool", "measure", name) for name in sorted(LAWFUL_MEASURES)),
        *(("chief", "decide", name) for name in ("transfer", "removal", "demotion")),
    ],
)
def test_every_step_that_may_be_contested_prints_its_remedy(
    kind: str, move: str, measure: str | None
) -> None:
    entry = {"measure": measure} if measure else {}
    source = make_source(kind, move, {move: entry})
    made = [p.build(source) for p in PAPERS[kind, move] if not p.is_form]
    burdens = [letter for letter in made if isinstance(letter, Letter) and letter.remedy]
    assert burdens
    for letter in burdens:
        said = "".join(letter.remedy)
        assert "30日内" in said
        assert "至2026年12月24日止" in said
        assert ("第九十五条" in said) is (measure in LAWFUL_MEASURES)


def test_a_decision_that_changes_nothing_has_no_remedy() -> None:
    [paper] = PAPERS["chief", "decide"]
    letter = paper.build(make_source("chief", "decide", {"decide": {"measure": "none"}}))
    assert isinstance(letter, Letter)
    assert letter.remedy == ()


@pytest.mark.parametrize(("kind", "move", "paper"), ALL)
def test_a_letter_of_an_empty_case_is_there_with_blanks(kind: str, move: str, paper: Paper) -> None:
    empty: dict[str, Any] = {"post": "", "evidence": (), "grounds": {}, "more": {}}
    said = words(paper.build(make_source(kind, move, **empty)))
    assert "None" not in said
    assert BLANK[:2] in said or "　　" in said


@pytest.mark.parametrize(("kind", "move", "paper"), ALL)
@settings(deadline=None)  # The first of them may wait for another process.
@given(data=st.data())
def test_no_entry_breaks_a_letter(kind: str, move: str, paper: Paper, data: st.DataObject) -> None:
    value = st.none() | st.booleans() | st.integers() | st.text() | st.dates().map(str)
    names = ["document", *(field.name for field in line_of(kind, move).fields)]
    entry = data.draw(st.dictionaries(st.sampled_from(names), value))
    assert paper.build(make_source(kind, move, {move: entry}, grounds=entry)).title


def test_a_title_fits_on_one_line() -> None:
    for kind, move, paper in ALL:
        assert len(paper.build(make_source(kind, move)).title) <= 20


def test_a_step_without_a_letter_has_none() -> None:
    assert papers_of("chief", "file_plan") == ()


def test_every_letter_with_a_slip_has_the_frame_of_one_to_the_person() -> None:
    sources = [(make_source(kind, move), paper) for kind, move, paper in ALL]
    made = [(source, paper.build(source)) for source, paper in sources]
    slips = [
        (source, one)
        for source, one in made
        if isinstance(one, Letter) and one.receipt and source.kind not in ABOUT_NOBODY
    ]
    assert len(slips) >= 12
    for source, letter in slips:
        assert (letter.addressee, letter.head, letter.dated_on, letter.note) == (
            "王海宁同志",
            source.organ,
            source.on,
            file_note(source),
        )
        assert letter.number == "＿＿＿＿〔2026〕＿＿＿＿号"


@pytest.mark.parametrize(("kind", "move", "paper"), ALL)
def test_a_link_to_a_letter_says_its_title(app: Flask, kind: str, move: str, paper: Paper) -> None:
    with app.test_request_context(), force_locale("zh"):
        label = str(_(paper.label)).removesuffix("（空白）")
    letter = paper.build(make_source(kind, move, {move: {}}))
    title = letter.title if isinstance(letter, Letter) else "荣誉证书"
    assert title in {label, f"内部{label}", f"不予{label}"}
