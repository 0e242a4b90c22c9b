"""`flask demo ...`: load the demo city."""

from typing import TYPE_CHECKING

import click
from flask import Blueprint, current_app

from evalsys.core import pages
from evalsys.core.error_pages import refusals

if TYPE_CHECKING:
    from evalsys.demo.service import DemoCity

bp = Blueprint("demo", __name__, cli_group="demo")
bp.cli.help = "A demo city to try the system with."
SEED = 20261


@bp.cli.command("load")
@click.option(
    "--seed", type=int, default=SEED, show_default=True, help="Another seed, another city."
)
@refusals
def load(seed: int) -> None:
    """Load the demo city into an empty database, and print how to sign in."""
    from evalsys.demo.service import load_demo

    city = load_demo(seed=seed, now=pages.now(), on=pages.today(), report=click.echo)
    click.echo(where_to_start(city))


def where_to_start(city: "DemoCity") -> str:
    """Return the links and fresh passwords of each kind of user, shown only once."""
    url = current_app.config["PUBLIC_URL"]
    lines = [
        "",
        f"  {url}  群众首页 / the citizen's start",
        *(f"  {url}/r#{code}  评价单 / a ticket" for code in city.codes),
        "",
        f"  {url}/login  工作人员登录 / staff sign-in; passwords are shown only now:",
        *(
            f"    {each.role.value:<11} {each.name:<10} {each.password}  {each.display_name}"
            for each in city.accounts
        ),
        "",
    ]
    return "\n".join(lines)
