"""Messages to those who have to act: the inbox. Exactly once each, by their key."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from evalsys.cases.deadlines.queries import light_of
from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.holders import holders, holders_of
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Deadline, Notice, Party, Subject
from evalsys.cases.engine.rules.machine import Move, always
from evalsys.cases.inbox.lists import load_cases
from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, local_day
from evalsys.foundation.calendars.queries import working_days

OFFICE_OPENS, OFFICE_CLOSES = time(8, 30), time(18)
NEARS = frozenset({Light.YELLOW, Light.TODAY})
URGENT = NEARS | {Light.RED}


def announce(  # noqa: PLR0913  # Each is a part of the message.
    case: Subject, duty: str, topic: str, key: str, *, now: datetime, on: date
) -> int:
    """Put a message into the inbox of everybody who holds a duty; return how many were new."""
    users = [user.id for user in holders(case, duty, on)]
    had = set(
        db.session.scalars(
            select(Notice.user_id).where(Notice.user_id.in_(users), Notice.key == key)
        )
    )
    new = [user_id for user_id in users if user_id not in had]
    db.session.add_all(
        Notice(user_id=user_id, subject_id=case.id, key=key, topic=topic, at=now) for user_id in new
    )
    db.session.flush()
    return len(new)


def reached(
    deadline: Deadline, shown: Light, exists: Callable[[Move], bool] = always
) -> tuple[str, ...]:
    """Return whom the light of a deadline reaches; `exists` says which moves the case has.

    The end of a right comes near for who has it alone. That it is over, or that a time has run, is
    for whoever takes the step after it: nobody is late. That a duty is not done yet reaches others
    of the kind as well, as their duties say. What only a move answers that the case does
    not have reaches nobody.
    """
    kind, rule = kind_of(deadline.subject), deadline.rule
    machine = kind.machine
    moves = machine.moves_from(deadline.subject.state)
    if shown is Light.ENDED:
        return tuple(sorted({m.duty for m in moves if rule in machine.before(m) and exists(m)}))
    answers = [move for move in moves if rule in move.meets]
    if answers and not any(map(exists, answers)):
        return ()
    if deadline.rule in machine.rights:
        return (deadline.duty,) if shown in NEARS else ()
    if deadline.rule in machine.spans or shown not in URGENT:
        return ()
    return (deadline.duty, *(one.name for one in kind.duties if shown in one.urged))


def announce_opened(
    cases: Sequence[Subject], duty: str, topic: str, *, now: datetime, on: date
) -> None:
    """Tell everybody who holds a duty in cases that were just opened: nobody knows of them yet."""
    users = holders_of(cases, duty, on)
    db.session.add_all(
        Notice(
            user_id=user.id, subject_id=case.id, key=case_key(case.id, None), topic=topic, at=now
        )
        for case in cases
        for user in users[case.id]
    )


def deadline_key(deadline: Deadline, shown: Light) -> str:
    """Name the message that a deadline shows a light; another day is another message."""
    return f"deadline:{deadline.id}:{deadline.due_on.isoformat()}:{shown}"


def case_key(case_id: int, step_id: int | None) -> str:
    """Name the message that a case was opened, or moved by a step."""
    return f"case:{case_id}:opened" if step_id is None else f"case:{case_id}:step:{step_id}"


def is_office_time(now: datetime) -> bool:
    """Say whether people may be reminded: on a working day, in office hours, Shanghai time."""
    local = now.astimezone(SHANGHAI)
    is_open = OFFICE_OPENS <= local.time() < OFFICE_CLOSES
    return is_open and working_days().is_working(local.date())


def remind(*, now: datetime) -> int:
    """Remind of every open deadline whose light turned; return how many messages were new.

    A message is named after the deadline, the day and the light, so that running twice, or two at
    once, sends it once; a deadline that was answered is not looked at.
    """
    if not is_office_time(now):
        return 0
    try:
        return _remind(now)
    except IntegrityError:  # Another one reminds at this very moment: the rest is ours.
        return _remind(now)


def _remind(now: datetime) -> int:
    on, days, sent = local_day(now), working_days(), 0
    query = (
        select(Deadline)
        .where(Deadline.closed_on.is_(None), Deadline.paused_on.is_(None))
        .options(joinedload(Deadline.subject).joinedload(Subject.owner).joinedload(Party.section))
        .order_by(Deadline.id)
    )
    with unaudited_unit():
        running = [(one, light_of(one, on, days)) for one in db.session.scalars(query)]
        turned = {deadline_key(*each): each for each in running if reached(*each)}
        told = set(db.session.scalars(select(Notice.key).where(Notice.key.in_(turned)).distinct()))
        # All who held a duty then were told in one transaction.
        new = {key: each for key, each in turned.items() if key not in told}
        loaded = {
            one.case.id: one for one in load_cases({one.subject_id for one, _ in new.values()})
        }
        for key, (deadline, shown) in new.items():
            for duty in reached(deadline, shown, loaded[deadline.subject_id].has):
                sent += announce(deadline.subject, duty, f"light_{shown}", key, now=now, on=on)
    return sent
