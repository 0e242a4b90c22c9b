"""Drafts before the public."""

from datetime import date
from typing import Any

from evalsys.reform.consultations.models import Consultation, ConsultationState, OpinionKind
from tests.factories import save

TODAY, LAST_DAY = date(2026, 11, 24), date(2026, 12, 20)


def make_consultation(**values: Any) -> Consultation:
    """An open one."""
    defaults = {
        "title": "减材料方案",
        "summary": "减少申请材料。",
        "draft": "第一条　能共享的材料不再提交。",
        "state": ConsultationState.OPEN,
        "opened_on": TODAY,
        "closes_on": LAST_DAY,
    }
    return save(Consultation(**{**defaults, **values}))


def make_kind() -> OpinionKind:
    """A kind of opinion without an answer, of an open consultation."""
    return save(OpinionKind(consultation=make_consultation(), title="周末办理"))
