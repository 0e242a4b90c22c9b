"""Downloads of letters, and the links to them on the page of a case."""

import io
from collections.abc import Iterator, Sequence

from flask import Blueprint, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseStep, Looked, Subject
from evalsys.cases.engine.service import page_of_case, record_look
from evalsys.cases.letters.queries import get_step, source_of
from evalsys.cases.letters.rules.papers import Paper
from evalsys.cases.papers.receipts import mark_opened
from evalsys.core import pages
from evalsys.core.errors import NotFound
from evalsys.core.frame.menus import Link
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import local_day, short_day
from evalsys.core.permissions import Action

bp = Blueprint("letters", __name__)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@bp.get("/cases/<int:case_id>/letter/<int:step_id>")
@bp.get("/cases/<int:case_id>/letter/<int:step_id>/<int:number>")
@requires(Action.CASE_VIEW)
def letter(case_id: int, step_id: int, number: int = 1) -> ResponseReturnValue:
    """Send a letter of a step by number, by default the main one. People see their own."""
    return _send(case_id, step_id, number, is_form=False)


@bp.get("/cases/<int:case_id>/form/<int:step_id>")
@requires(Action.CASE_HANDLE)
def form(case_id: int, step_id: int) -> ResponseReturnValue:
    """Send the record to be filled in by hand at the next step."""
    return _send(case_id, step_id, 1, is_form=True)


def letters_of(case: Subject, steps: Sequence[CaseStep]) -> list[Link]:
    """Return the links to every letter of some steps, in their order."""
    may_handle = current_actor().may(Action.CASE_HANDLE)
    return [
        Link(
            url_for(endpoint, case_id=case.id, step_id=step.id, number=number),
            _("%(letter)s of %(day)s", letter=_(paper.label), day=short_day(local_day(step.at))),
        )
        for step in steps
        for endpoint, number, paper in _addressed(kind_of(case).papers_of(step.name))
        if may_handle or not paper.is_form
    ]


def _addressed(papers: Sequence[Paper]) -> Iterator[tuple[str, int | None, Paper]]:
    """Yield (endpoint, number or None for the main one, letter) of a step's letters."""
    number = 0
    for paper in papers:
        number += not paper.is_form
        endpoint = "letters.form" if paper.is_form else "letters.letter"
        yield endpoint, number if number > 1 and not paper.is_form else None, paper


def _send(case_id: int, step_id: int, number: int, *, is_form: bool) -> ResponseReturnValue:
    from evalsys.cases.letters.render import render

    actor, on = current_actor(), pages.today()
    case, step = get_step(actor, case_id, step_id, on=on)
    papers = [p for p in kind_of(case).papers_of(step.name) if p.is_form is is_form]
    if not 1 <= number <= len(papers):
        raise NotFound
    mark_opened(actor, case, now=pages.now())
    document = papers[number - 1].build(source_of(case, step))
    record_look(actor, case.staff_id, page_of_case(case, Looked.LETTER), now=pages.now())
    whose = [case.concerned.name] if case.concerned else []
    name = "_".join((document.title, *whose, f"{case.number}.docx"))
    name = " ".join(name.split())  # One line.
    return send_file(
        io.BytesIO(render(document)), DOCX, as_attachment=True, download_name=name, max_age=0
    )
