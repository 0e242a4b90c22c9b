"""Many matters at once: ticked on their list, accepted or assigned together."""

from flask import Flask

from evalsys.supervision.matters.many import views


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(views.bp)
