"""The staff evaluation system. Start reading here, then docs/architecture.md."""

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import jinja2
from flask import Flask

from config import Config
from evalsys.core import city, error_pages, extensions, guards, pages
from evalsys.core.extensions import Application
from evalsys.core.frame import heads, menus


def template_folders(features: Iterable[ModuleType]) -> list[Path]:
    """Return where the pages lie: what all share beside this file, the others with their feature.

    A feature has them in a folder of its name, `templates/pool/board.html`, so that no two files
    are called alike wherever they lie.
    """
    homes = [Path(__file__), *(Path(str(feature.__file__)) for feature in features)]
    return [home.parent / "templates" for home in homes]


def create_app(config: type[Config] = Config) -> Flask:
    """Return a configured application. Raises RuntimeError if it would run unprotected."""
    from evalsys.features import FEATURES

    app = Application(__name__, instance_relative_config=True)
    app.config.from_object(config)
    app.config.from_prefixed_env("EVALSYS")
    app.jinja_options = {"undefined": jinja2.StrictUndefined}
    app.jinja_loader = jinja2.FileSystemLoader(template_folders(FEATURES))
    if not app.config["SECRET_KEY"]:
        raise RuntimeError("Set EVALSYS_SECRET_KEY.")
    city.init_app(app)
    extensions.init_app(app)
    menus.init_app(app)
    heads.init_app(app)
    pages.init_app(app)
    error_pages.init_app(app)
    for feature in FEATURES:
        feature.init_app(app)
    guards.check_every_view(app)
    return app
