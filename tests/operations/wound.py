"""A command of production at another time: `python -m tests.operations.wound MOMENT WORDS...`.

The clock is set to the moment and runs on; all else is the application of production.
"""

import sys
from datetime import datetime

import time_machine
from flask.cli import main

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv.pop(1))
    sys.argv[1:1] = ["--app", "wsgi"]
    with time_machine.travel(moment, tick=True):
        main()
