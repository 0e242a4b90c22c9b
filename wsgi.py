"""The WSGI entry point: `granian --interface wsgi wsgi:app`; it also serves `flask ...`."""

from evalsys import create_app

app = create_app()
