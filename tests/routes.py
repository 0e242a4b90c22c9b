"""Every route of the application, and addresses that fit its parameters in a test's world."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, url_for
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.guards import LIBRARY_VIEWS
from evalsys.core.permissions import Action
from evalsys.reform.reductions.models import MatterVersion
from tests.world import CLOSED, Place, World

Values = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """A view: what it answers to, and which action opens it (None: everybody)."""

    endpoint: str
    arguments: frozenset[str]
    methods: frozenset[str]
    action: Action | None

    def addresses(self, world: World) -> list[str]:
        """Addresses of the route that exist in the world, seen by who sees everything."""
        return [self.address(values) for values in values_of(self, world)]

    def address(self, values: Values) -> str:
        with current_app.test_request_context():
            return url_for(self.endpoint, **values)


def routes(app: Flask) -> list[Route]:
    """Return every view of ours."""
    return [
        Route(
            rule.endpoint,
            frozenset(rule.arguments),
            frozenset(rule.methods or ()) & {"GET", "POST"},
            getattr(app.view_functions[rule.endpoint], "action", None),
        )
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in LIBRARY_VIEWS
    ]


def values_of(route: Route, world: World) -> list[Values]:
    """Return parameters for a route; a new parameter must be named here."""
    corner = world.corners[Place.OWN]
    known: dict[str, Callable[[], list[Any]]] = {
        **_of_reform(world),
        # Of neither is there one: tests/cases/papers and tests/supervision/visits have some.
        "attachment_id": lambda: [1],
        "place": lambda: [1],
        "batch_id": lambda: [world.batches[Place.OWN].id],
        "case_id": lambda: [_case(route.endpoint, world)],
        "unit_id": lambda: [world.unit.id],
        "change_id": lambda: [world.case_rows(Place.OWN).change_id],
        "deadline_id": lambda: [world.case_rows(Place.OWN).deadline_id],
        "step_id": lambda: [world.case_rows(Place.OWN).step_id],
        "code": lambda: [corner.section.code] if "section" in route.endpoint else codes(),
        "export_id": lambda: [world.exports[Place.OWN].id],
        "import_id": lambda: [world.tickets[Place.OWN].import_id],
        "ticket_id": lambda: [world.tickets[Place.OWN].id],
        "job_id": lambda: [job.id for job in world.jobs.values()],
        "key": lambda: ["0" * 32],
        "kind": lambda: ["findings", "changes"],
        "name": lambda: [_book(route.endpoint)],
        "number": lambda: [corner.member.number],
        "period": lambda: [CLOSED],
        "matter_id": lambda: [world.matter],
        "kept_id": lambda: [world.kept],
        "request_id": lambda: [world.asked],
        "token": lambda: [world.display if "display" in route.endpoint else world.link],
        "user_id": lambda: [world.city.id],
        "visit_id": lambda: [world.visits[Place.OWN].id],
        "version": lambda: [2] if "diff" in route.endpoint else [world.draft],
    }

    def codes() -> list[str]:
        return [world.code] if route.endpoint == "ratings.open_link" else [CLOSED]

    values: list[Values] = [{}]
    for name in sorted(route.arguments):
        values = [{**value, name: one} for value in values for one in known[name]()]
    return values


def _case(endpoint: str, world: World) -> int:
    return world.stay.id if "pool" in endpoint else world.cases[Place.OWN].id


def _of_reform(world: World) -> dict[str, Callable[[], list[Any]]]:
    return {
        "city_id": lambda: [world.figure.city_id],
        "consultation_id": lambda: [world.kind.consultation_id],
        "figure_id": lambda: [world.figure.id],
        "indicator_id": lambda: [world.figure.indicator_id],
        "kind_id": lambda: [world.kind.id],
        "proof_id": lambda: [1],  # There is none: tests/reform/reductions have some.
        "version_id": lambda: [db.session.scalar(select(func.min(MatterVersion.id)))],
    }


def _book(endpoint: str) -> str:
    if "case" in endpoint:
        return "file_plan"
    return "returns" if "register" in endpoint else "ranking"


def addresses(world: World) -> list[str]:
    """Return an address of every route that can be read."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return [
        path for route in routes(app) if "GET" in route.methods for path in route.addresses(world)
    ]
