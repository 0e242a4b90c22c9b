"""docs/policies.md lists exactly the registered rules."""

from pathlib import Path

import pytest
from flask_babel import gettext as _

from evalsys.organisation.policies.limits import AnyRule, Limit
from evalsys.organisation.policies.registry import all_limits
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.organisation.policies.words import unit_words, value_words

PAGE = Path(__file__).parents[3] / "docs/policies.md"


def row_of(rule: AnyRule) -> str:
    """Return the table row of a rule: label, name, default, range, legal basis."""
    span = "–".join(map(str, rule.between)) if isinstance(rule, Limit) else ""
    span = f"{span} {unit_words(rule)}".strip()
    cells = (_(rule.label), f"`{rule.name}`", value_words(rule, PolicyRules()), span, rule.basis)
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


@pytest.mark.usefixtures("app")
def test_the_page_lists_every_rule_in_its_section() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith(("## ", "| "))]
    lines = [line for line in lines if not line.startswith("| Rule |")]
    wanted = []
    for section in all_limits():
        wanted += [f"## {_(section.title)}", *map(row_of, section.rules)]
    assert lines == wanted
