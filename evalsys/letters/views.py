"""Letters for download, and the links to them on the page of a case."""

import io
from collections.abc import Sequence

from flask import Blueprint, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.models import CaseFile, CaseStep
from evalsys.cases.service import record_look
from evalsys.core import pages
from evalsys.core.errors import NotHere
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import Link
from evalsys.core.permissions import Action
from evalsys.letters.catalogue import papers_of
from evalsys.letters.queries import get_step, source_of

bp = Blueprint("letters", __name__)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@bp.get("/cases/<int:case_id>/letter/<int:step_id>")
@requires(Action.CASE_VIEW)
def letter(case_id: int, step_id: int) -> ResponseReturnValue:
    """Send the letter of a step. The person sees the own letters, as everything of the case."""
    return _send(case_id, step_id, is_form=False)


@bp.get("/cases/<int:case_id>/form/<int:step_id>")
@requires(Action.CASE_HANDLE)
def form(case_id: int, step_id: int) -> ResponseReturnValue:
    """Send the record that is filled in by hand at the step after this one."""
    return _send(case_id, step_id, is_form=True)


@bp.app_template_global()
def letters_of(case: CaseFile, steps: Sequence[CaseStep]) -> list[Link]:
    """Return a link to every letter of some steps of a case, in their order."""
    may_handle = current_actor().may(Action.CASE_HANDLE)
    return [
        Link(
            url_for(
                "letters.form" if paper.is_form else "letters.letter",
                case_id=case.id,
                step_id=step.id,
            ),
            _(paper.label),
        )
        for step in steps
        for paper in papers_of(case.kind, step.name, step.entry)
        if may_handle or not paper.is_form
    ]


def _send(case_id: int, step_id: int, *, is_form: bool) -> ResponseReturnValue:
    from evalsys.letters.render import render  # noqa: PLC0415  # 16 MB that few processes need.

    actor, on = current_actor(), pages.today()
    case, step = get_step(actor, case_id, step_id, on=on)
    papers = papers_of(case.kind, step.name, step.entry)
    paper = next((one for one in papers if one.is_form is is_form), None)
    if paper is None:
        raise NotHere
    made = paper.build(source_of(case, step))
    record_look(actor, case.staff_id, f"letter {case.kind} {case.number}", now=pages.now())
    name = f"{made.title}_{case.staff.name}_{case.number}.docx"
    return send_file(
        io.BytesIO(render(made)), DOCX, as_attachment=True, download_name=name, max_age=0
    )
