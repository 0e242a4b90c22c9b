"""The WSGI entry point: `granian --interface wsgi wsgi:app`; it also serves `flask ...`."""

import os

from evalsys import create_app
from evalsys.operations.debugging import refuse_debugging
from evalsys.operations.secret_check import guard_commands, stop_with_another_secret

app = create_app()
if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
    guard_commands(app)
else:
    refuse_debugging(app)
    stop_with_another_secret(app)
