"""Letters: what a step says on paper, as .docx in the layout of GB/T 9704-2012."""

from flask import Flask

from evalsys.personnel.letters import views


def init_app(app: Flask) -> None:
    """Register the pages of the feature, and give templates the links to letters."""
    app.register_blueprint(views.bp)
    app.add_template_global(views.letters_of)
