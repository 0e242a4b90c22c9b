"""Labels of the pool, and facts for its letters."""

from collections.abc import Mapping, Sequence
from datetime import date

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.letters.rules.source import day_words
from evalsys.core.city import in_chinese
from evalsys.core.errors import N_
from evalsys.personnel.pool.queries import list_units
from evalsys.personnel.pool.rules.stays import MENTOR, TrainingKind

TRAINING = {
    TrainingKind.STUDY: N_("Study and improvement"),
    TrainingKind.ENTERPRISE: N_("Enterprise immersion training"),
}


def facts_for_letters(
    case: Subject, _steps: Sequence[CaseStep], on: date
) -> Mapping[str, str | list[str]]:
    """Return the mentor, and the training begun by a day with its results."""
    mentor = case.named(MENTOR)
    return {
        "mentor": mentor.name if mentor else "",
        "training": [
            f"{in_chinese(TRAINING[unit.kind])}：{unit.title}，{unit.place}，{day_words(unit.starts_on)}至"
            f"{day_words(unit.ends_on)}，{unit.hours}学时，{unit.result or '尚无结果'}"
            for unit in list_units(case)
            if unit.starts_on <= on
        ],
    }


def training_words(kind: TrainingKind) -> str:
    """Return the msgid of a kind of training."""
    return TRAINING[kind]
