"""The figures of opinions are added up by the database."""

from decimal import Decimal

from flask import Flask

from evalsys.reform.consultations.models import Opinion, OpinionState
from evalsys.reform.consultations.queries import (
    FIRST_OF_KIND,
    count_kinds,
    read_figures,
    released_by_kind,
)
from evalsys.reform.consultations.rules.figures import OpinionVoice
from tests.factories import save
from tests.reform.consultations.drafts import make_consultation, make_kind


def give(consultation_id: int, place: int, **values: object) -> None:
    defaults = {"voice": OpinionVoice.RESIDENT, "state": OpinionState.RELEASED}
    key = place.to_bytes(16, "big")
    save(Opinion(key=key, consultation_id=consultation_id, **{**defaults, **values}))


def test_nobody_spoke(app: Flask) -> None:
    figures = read_figures(make_consultation().id)
    assert (figures.total, figures.shares) == (0, None)
    assert set(figures.means.values()) == {None}


def test_marks_left_empty_count_in_no_mean(app: Flask) -> None:
    draft, other = make_consultation(), make_consultation()
    for place in range(20):
        clarity, fairness = (5, None) if place % 4 else (4, 1)
        voice = OpinionVoice.RESIDENT if place < 10 else OpinionVoice.ENTERPRISE
        give(draft.id, place, clarity=clarity, fairness=fairness, voice=voice)
    give(other.id, 99, clarity=1, fairness=1, usefulness=1)
    figures = read_figures(draft.id)
    assert figures.total == 20
    assert figures.means["clarity"] == Decimal("4.8")
    assert figures.means["fairness"] == (Decimal("1.0") if figures.least <= 5 else None)
    assert figures.means["usefulness"] is None
    assert figures.shares is not None
    assert figures.shares[OpinionVoice.RESIDENT] == 50


def test_a_few_released_words_of_each_kind_are_read(app: Flask, statements: list[str]) -> None:
    kind = make_kind()
    draft = kind.consultation_id
    for place in range(40):
        state = OpinionState.WITHHELD if place % 10 == 0 else OpinionState.RELEASED
        words = None if place % 10 == 1 else f"意见{place:02}"
        give(draft, place, body=words, state=state, kind_id=kind.id if place % 2 else None)
    statements.clear()
    found = released_by_kind(draft)
    assert len(statements) == 1
    assert FIRST_OF_KIND == 3
    assert found == {None: ["意见02", "意见04", "意见06"], kind.id: ["意见03", "意见05", "意见07"]}
    assert count_kinds(draft)[kind.id] == 16
