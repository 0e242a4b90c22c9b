"""Queries of large exports, and of who may decide on them."""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, false, or_, select
from sqlalchemy.orm import aliased, joinedload

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import ROLE_ACTIONS, Action, Actor
from evalsys.exports.approval.rules import HELD, LAPSING, ExportState, state_on
from evalsys.exports.models import LargeExport, LargeExportSection
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import may_be, own_accounts
from evalsys.foundation.jobs.models import scope_of
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.periods.models import Period
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.scores.models import Result, SectionScore


def select_requests(actor: Actor, on: date) -> Select[LargeExport]:
    """Return the query of the requests an actor made or may decide; waiting first, then newest."""
    waits = and_(LargeExport.state == ExportState.WAITING, LargeExport.valid_until >= on)
    return (
        select(LargeExport)
        .where(or_(_own(actor), decidable_by(actor)))
        .order_by(case((waits, 0), else_=1), LargeExport.id.desc())
        .options(
            joinedload(LargeExport.asker),
            joinedload(LargeExport.decider),
            joinedload(LargeExport.result).joinedload(Result.period),
        )
    )


def get_request(actor: Actor, export_id: int) -> LargeExport:
    """Return a request that the actor made or may decide. Raises NotFound."""
    visible = or_(_own(actor), decidable_by(actor))
    return _get_one(select(LargeExport).where(LargeExport.id == export_id, visible))


def get_own(actor: Actor, export_id: int) -> LargeExport:
    """Return a request that the actor made in their current role and scope. Raises NotFound."""
    return _get_one(select(LargeExport).where(LargeExport.id == export_id, _own(actor)))


def may_decide(actor: Actor, row: LargeExport) -> bool:
    """Return whether the actor may decide on a request as a second person."""
    query = select(LargeExport.id).where(LargeExport.id == row.id, decidable_by(actor))
    return db.session.scalar(query) is not None


def decidable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate that the actor may decide: another person who sees all its sections.

    Two accounts of one person count as one.
    """
    if actor.user_id is None or not actor.may(Action.EXPORT_DECIDE):
        return false()
    asked, result, period = aliased(LargeExport), aliased(Result), aliased(Period)
    beyond = (
        select(LargeExportSection.export_id)
        .join(asked, asked.id == LargeExportSection.export_id)
        .join(result, result.id == asked.result_id)
        .join(period, period.id == result.period_id)
        .join(Section, Section.id == LargeExportSection.section_id)
        .where(~visible_to(actor, period.starts_on, period.ends_on))
    )
    return and_(LargeExport.asker_id.not_in(own_accounts(actor)), LargeExport.id.not_in(beyond))


def state_of(row: LargeExport, on: date) -> ExportState:
    """Return the state of a request on a day; it expires if the requester's scope changes."""
    state = state_on(row.state, row.valid_until, on)
    is_same = row.asker.disabled_at is None and scope_of(row.asker.actor) == row.scope
    return state if is_same or state not in LAPSING else ExportState.EXPIRED


def select_waiting(actor: Actor, on: date) -> Select[LargeExport]:
    """Return the query for requests to decide, and for the actor's approved ones."""
    waiting = and_(LargeExport.state == ExportState.WAITING, decidable_by(actor))
    agreed = and_(LargeExport.state == ExportState.AGREED, _own(actor))
    return select(LargeExport).where(LargeExport.valid_until >= on, or_(waiting, agreed))


def list_tasks(actor: Actor, on: date) -> tuple[list[date], list[date]]:
    """Return the expiry days of requests to decide, and of the actor's approved ones."""
    query = select_waiting(actor, on).options(joinedload(LargeExport.asker))
    found: dict[ExportState, list[date]] = {ExportState.WAITING: [], ExportState.AGREED: []}
    for row in db.session.scalars(query.order_by(LargeExport.valid_until)):
        found.get(state_of(row, on), []).append(row.valid_until)
    return found[ExportState.WAITING], found[ExportState.AGREED]


def find_same(request: ExportRequest, persons: int, on: date) -> LargeExport | None:
    """Return a waiting or approved request for the same workbook, or None."""
    rows = db.session.scalars(
        select(LargeExport)
        .where(
            _own(request.actor),
            LargeExport.result_id == request.result.id,
            LargeExport.state.in_({ExportState.WAITING, *HELD}),
            LargeExport.valid_until >= on,
        )
        .order_by(LargeExport.id.desc())
    )
    return next((row for row in rows if is_same(row, request, persons)), None)


def is_same(row: LargeExport, request: ExportRequest, persons: int) -> bool:
    """Return whether a request is for the same workbook, for the same account and scope."""
    asked = (row.asker_id, row.book, row.result_id, row.filters, row.lang, row.persons)
    actor, result = request.actor, request.result
    wanted = (actor.user_id, request.name, result.id, dict(request.filters), request.lang, persons)
    return asked == wanted and row.scope == scope_of(actor)


def select_scope(request: ExportRequest) -> Select[int]:
    """Return the query of all section ids of the result in the requester's scope, unfiltered."""
    period = request.result.period
    return (
        select(Section.id)
        .join(SectionScore, SectionScore.section_id == Section.id)
        .where(
            SectionScore.result_id == request.result.id,
            visible_to(request.actor, period.starts_on, period.ends_on),
        )
    )


def has_decider(request: ExportRequest) -> bool:
    """Return whether anybody may approve the request: see `decidable_by`."""
    roles = [role for role, actions in ROLE_ACTIONS.items() if Action.EXPORT_DECIDE in actions]
    period = request.result.period
    users = db.session.scalars(
        select(User).where(User.role.in_(roles), User.disabled_at.is_(None), ~may_be(request.actor))
    )
    return any(
        db.session.scalar(
            select_scope(request)
            .where(~visible_to(user.actor, period.starts_on, period.ends_on))
            .limit(1)
        )
        is None
        for user in users
    )


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.user_id is None:
        return false()
    return and_(LargeExport.asker_id == actor.user_id, LargeExport.scope == scope_of(actor))


def _get_one(query: Select[LargeExport]) -> LargeExport:
    row = db.session.scalar(
        query.options(
            joinedload(LargeExport.result).joinedload(Result.period),
            joinedload(LargeExport.asker),
        )
    )
    if row is None:
        raise NotFound
    return row
