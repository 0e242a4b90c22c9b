"""`make run`: create the secret, migrate, load the demo city, print the addresses, serve.

For trials and development; docs/operations.md describes a production server. `make debug` (with
--debug) uses Flask's development server with reload and debugger, on this machine only.
"""

import os
import secrets
import socket
import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from honcho.environ import parse_procfile  # type: ignore[import-untyped]
from honcho.manager import Manager  # type: ignore[import-untyped]
from honcho.printer import Printer  # type: ignore[import-untyped]
from sqlalchemy import select

from config import KEPT_SECRET, Config
from evalsys import create_app
from evalsys.core.error_pages import words_of
from evalsys.core.extensions import db
from evalsys.core.pages import now, today
from evalsys.demo.cli import SEED, where_to_start
from evalsys.demo.service import DemoCity, is_demo, is_empty, load_demo
from evalsys.foundation.accounts.models import User
from evalsys.operations.debugging import HERE
from evalsys.operations.secret_check import WrongSecret, refuse_another_secret

ROOT = Path(__file__).parents[2]
SECRET_BYTES = 32
FACTOR_OFFERED = """\
  演示城市不强制第二步验证，可在“我的登录”中启用 / in the demo city the second factor is offered,
  not required; to see it required:  EVALSYS_SECOND_FACTOR=required make run
"""
HIGHEST_PORT = 65535
DEBUG_SERVER = "flask run --debug --host ${HOST:-127.0.0.1} --port ${PORT:-8000}"


def main(*options: str) -> int:
    """Prepare the database and serve until Ctrl-C. Returns the exit status."""
    debug = "--debug" in options
    os.umask(0o077)  # All files made are readable by this account alone.
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    if refusal := _refusal(host, port, debug=debug):
        click.echo(refusal, err=True)
        return 1
    os.chdir(ROOT)
    os.environ.setdefault("PORT", port)
    os.environ.setdefault("EVALSYS_PUBLIC_URL", f"http://{host}:{port}")
    app = create_app(type("Kept", (Config,), {"SECRET_KEY": keep_secret(KEPT_SECRET)}))
    with app.app_context():
        try:
            prepare(app)
            _offer_factor()
        except WrongSecret as error:
            click.echo(words_of(error), err=True)
            return 1
        finally:
            db.engine.dispose()
    return _serve(host, port, debug=debug)


def _offer_factor() -> None:
    """Make the second factor optional in the demo city: its passwords are printed anyway."""
    if is_demo():
        os.environ.setdefault("EVALSYS_SECOND_FACTOR", "offered")
        click.echo(FACTOR_OFFERED)


def keep_secret(path: Path) -> str:
    """Return EVALSYS_SECRET_KEY, or else the secret in a file, created at the first start."""
    if given := os.environ.get("EVALSYS_SECRET_KEY"):
        return given
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(SECRET_BYTES), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def prepare(app: Flask) -> None:
    """Migrate the database, load the demo city into an empty one, print where to sign in."""
    click.echo("[2/3] 数据库 / database: " + db.engine.url.render_as_string())
    Path(app.config["DATA_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)
    upgrade()
    refuse_another_secret()
    if is_empty():
        click.echo("[3/3] 演示城市 / demo city")
        click.echo(where_to_start(_load()))
    else:
        click.echo("[3/3] 数据库已有数据 / the database has data already")
        click.echo(where_to_go_on())


def _load() -> DemoCity:
    """Load the demo city; delete an unfinished one, which a restart would take for real data."""
    try:
        return load_demo(
            seed=SEED, now=now(), on=today(), report=lambda words: click.echo(f"      {words}")
        )
    except BaseException:
        db.session.remove()
        db.engine.dispose()
        url = db.engine.url
        if url.get_backend_name() == "sqlite" and url.database:
            for ending in ("", "-wal", "-shm"):
                Path(f"{url.database}{ending}").unlink(missing_ok=True)
        click.echo("      未完成 / broken off", err=True)
        raise


def where_to_go_on() -> str:
    """Return the sign-in addresses and accounts. Passwords and ticket codes are not stored."""
    url = current_app.config["PUBLIC_URL"]
    query = select(User).where(User.disabled_at.is_(None)).order_by(User.id).limit(12)
    lines = [
        "",
        f"  {url}/  群众首页 / the citizen's start",
        f"  {url}/login  工作人员登录 / staff sign-in:",
        *(
            f"    {user.role.value:<11} {user.name:<10} {user.display_name}"
            for user in db.session.scalars(query)
        ),
        "  忘记密码 / a new password:  .venv/bin/flask accounts link NAME",
        "  新评价单 / a new ticket:    sign in as hr, then 评价单 / Tickets",
        "",
    ]
    return "\n".join(lines)


def _refusal(host: str, port: str, *, debug: bool) -> str | None:
    """Return why the server cannot listen on the address, None if it can."""
    if debug and host not in HERE:  # The debugger executes arbitrary code.
        return f"HOST={host}: 调试只能在本机 / debugging is for this machine alone (127.0.0.1)."
    if not (port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
        return f"PORT={port} 不是端口号 / is no port number (1-{HIGHEST_PORT})."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            return (
                f"{host}:{port} 不可用 / cannot be used ({error.strerror}).\n"
                f"请换一个端口 / choose another port:  make run PORT={int(port) % 60000 + 1}"
            )
    return None


def _serve(host: str, port: str, *, debug: bool) -> int:
    """Run the processes of the Procfile until Ctrl-C or until one of them exits."""
    processes = parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8"))
    if debug:
        processes.processes["web"] = DEBUG_SERVER
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "FLASK_APP": "wsgi", "PYTHONUNBUFFERED": "1"}
    manager = Manager(Printer(sys.stdout))
    for name, command in processes.processes.items():
        manager.add_process(name, command, env=environment, cwd=str(ROOT))
    click.echo(f"  http://{host}:{port}  就绪，按 Ctrl-C 停止 / ready; Ctrl-C stops it\n")
    sys.stdout.flush()
    manager.loop()
    return 0 if manager.returncode in {0, 130, None} else int(manager.returncode)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
