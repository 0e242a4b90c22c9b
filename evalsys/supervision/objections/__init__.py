"""Objections (异议) to conclusions of supervision: raised in a term, decided by others."""

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.scenes.registry import add_scene
from evalsys.personnel.sheets.registers import add_register
from evalsys.supervision.objections import demo, queries, service, sheets, views


def init_app(app: Flask) -> None:
    """Register the page, the kind of case, its register and scene."""
    add_kind(app, service.OBJECTION_KIND)
    add_scene(app, demo.SCENE)
    add_register(app, sheets.REGISTER)
    app.register_blueprint(views.bp)
    app.add_template_global(queries.objections_of)
    app.add_template_global(service.right_to_object)
