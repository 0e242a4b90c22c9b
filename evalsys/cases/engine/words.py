"""Texts of cases: kinds, stages, steps, duties, notices and mails."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from evalsys.cases.engine.duties import all_duties
from evalsys.cases.engine.kinds import all_kinds, kind_of
from evalsys.cases.engine.models import CaseStep, ChangeKind, Notice, Subject
from evalsys.cases.engine.rules.machine import Condition, Field, FieldKind, Move
from evalsys.cases.notices.digests import Digest, DigestLine
from evalsys.cases.papers.rules import EvidenceKind, size_words
from evalsys.core.error_pages import translated
from evalsys.core.errors import N_, DomainError, Filled
from evalsys.core.pages import day_words
from evalsys.organisation.periods.words import period_words

MOST_LINES = 20  # of a mail
EVIDENCE = {
    EvidenceKind.SCORE: N_("Ratings (adjusted score)"),
    EvidenceKind.DUTY_RECORD: N_("Duty record"),
    EvidenceKind.COMPLAINT: N_("Verified complaint"),
    EvidenceKind.WORK_RESULT: N_("Result of work"),
    EvidenceKind.COACHING: N_("Record of coaching"),
    EvidenceKind.ATTENDANCE: N_("Attendance"),
    EvidenceKind.RANK: N_("Place in a ranking (never counts)"),
}
CHANGES = {
    ChangeKind.EXTEND: N_("Extend"),
    ChangeKind.PAUSE: N_("Stop the clock"),
    ChangeKind.RESUME: N_("Let the clock run on"),
}


def kind_words(case: Subject) -> str:
    """Return the name of a case's kind."""
    return str(_(kind_of(case).label))


def kind_choices() -> list[tuple[str, str]]:
    """Return (name, label) of every kind of case."""
    return [(kind.name, str(_(kind.label))) for kind in all_kinds().values()]


def arising_words() -> str:
    """Return when cases of each kind are opened, as the kinds describe it."""
    msgids = dict.fromkeys(kind.arises for kind in all_kinds().values() if kind.arises)
    return str(_(", ")).join(str(_(words)) for words in msgids)


def stage_words(case: Subject, state: str = "") -> str:
    """Return the label of a case's state, or of another state of its machine."""
    return str(_(kind_of(case).machine.states[state or case.state]))


def choice_words(case: Subject, move: Move) -> str:
    """Return what an outcome is called among equal choices, by default the stage that follows."""
    return str(_(move.outcome)) if move.outcome else stage_words(case, move.target)


def step_words(case: Subject, step: CaseStep) -> str:
    """Return the label of a step."""
    return str(_(move_label(case, step.name)))


def move_label(case: Subject, name: str) -> str:
    """Return the msgid of a move's label."""
    return next(move.label for move in kind_of(case).machine.moves if move.name == name)


def duty_words(duty: str) -> str:
    """Return the label of a duty."""
    return str(_(all_duties()[duty].label))


def condition_words(condition: Condition) -> str:
    """Return the text of a condition."""
    return str(translated(Filled(condition.words, condition.params)))


def entry_words(case: Subject, step: CaseStep) -> list[tuple[str, str]]:
    """Return the entry of a step as (label, value) pairs.

    Fields that an older table had at this step are included.
    """
    moves = sorted(kind_of(case).machine.moves, key=lambda move: move.name != step.name)
    fields = {field.name: field for move in reversed(moves) for field in move.fields}
    own = [field.name for field in moves[0].fields]
    names = [*own, *(name for name in fields if name not in own)]
    return [
        (str(_(fields[name].label)), _value_words(fields[name], step.entry[name]))
        for name in names
        if name in step.entry
    ]


def _value_words(field: Field, value: Any) -> str:
    if field.kind is FieldKind.CHOICE:
        return str(_(field.choices[value]))
    if field.kind is FieldKind.DAY:
        return day_words(date.fromisoformat(value))
    if field.kind is FieldKind.PERIODS:
        return str(_(", ")).join(map(period_words, value.split()))
    if field.kind is FieldKind.SECTIONS:
        return str(_(", ")).join(value.split())
    return str(_("yes")) if value is True else str(value)


def problem_words(error: DomainError) -> str:
    """Return the translated message of an error on a field or file."""
    own = {name: error.params[name] for name in ("field", "problem") if name in error.params}
    words = {name: Filled(str(value), error.params) for name, value in own.items()}
    return str(translated(Filled(error.message, {**error.params, **words})))


def files_hint() -> str:
    """Return the hint on the files a form takes."""
    return str(
        _(
            "Scans, photos and documents: PDF, JPEG, PNG or Word (.docx), at most %(count)s, each "
            "up to %(size)s. Place and device are taken out of photos.",
            count=current_app.config["ATTACHMENTS_AT_ONCE"],
            size=size_words(current_app.config["ATTACHMENT_LARGEST"]),
        )
    )


def asked_words(kind: ChangeKind) -> str:
    """Return the msgid of a deadline change."""
    return CHANGES[kind]


def notice_words(notice: Notice) -> str:
    """Return the text of a message in the inbox."""
    topics: Mapping[str, str] = {
        "moved": N_("%(kind)s %(number)s: %(stage)s"),
        "done": N_("%(kind)s %(number)s: %(stage)s"),
        "light_y": N_("%(kind)s %(number)s: a deadline comes near"),
        "light_t": N_("%(kind)s %(number)s: a deadline ends today"),
        "light_r": N_("%(kind)s %(number)s: a deadline has passed"),
        "light_e": N_("%(kind)s %(number)s: a term is over, the next step is possible"),
    }
    case, (topic, _sign, state) = notice.subject, notice.topic.partition(":")
    stage = str(_(move_label(case, state))) if topic == "done" else stage_words(case, state)
    words = {**topics, **kind_of(case).notices}[topic]
    return str(_(words, kind=kind_words(case), number=case.number, stage=stage))


def mail_words(digest: Digest) -> tuple[str, str]:
    """Return subject and body of a mail: number of notices, cases and days, the link.

    In the language of the installation, since accounts have none.
    """
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        count = len(digest.lines)
        head = ngettext("%(num)s new notice", "%(num)s new notices", count)
        lines = [_line_words(line) for line in digest.lines[:MOST_LINES]]
        if count > MOST_LINES:
            lines.append(_("and %(count)s more", count=count - MOST_LINES))
        parts = (
            _("In your inbox: %(head)s", head=head),
            "\n".join(f"- {line}" for line in lines),
            _site("/inbox"),
            _("Nobody reads answers to this mail. To change or remove your address:"),
            _site("/mail"),
        )
        return _subject(head), "\n\n".join(map(str, parts)) + "\n"


def trial_words() -> tuple[str, str]:
    """Return subject and body of the test mail."""
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        body = _("This is a test. Notices can be sent by mail.")
        return _subject(_("test mail")), f"{body}\n\n{_site('/')}\n"


def _subject(words: str) -> str:
    return str(_("%(column)s: ", column=_("Service evaluation"))) + words


def _line_words(line: DigestLine) -> str:
    case = f"{_(all_kinds()[line.kind].label)} {line.number}"
    if line.due_on is None:
        return case
    return str(_("%(case)s: due on %(day)s", case=case, day=day_words(line.due_on)))


def _site(path: str) -> str:
    return f"{current_app.config['PUBLIC_URL'].rstrip('/')}{path}"
