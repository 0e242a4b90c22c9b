"""What a hold says of each feature; never how anybody was rated."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from evalsys.core.errors import N_

FEATURES = {
    "burst": N_(
        "Burst: tickets for services of %(day)s: %(n)s, usually %(rate)s on a day of the eight "
        "weeks before; the services counted do not explain it. Such days: %(days)s."
    ),
    "uniform": N_(
        "Uniform: surely more ballots than in the group have one level throughout. How many, and "
        "which level, is not told."
    ),
    "jump": N_("Jump: the score rate differs from the period before by far more than chance."),
    "excess": N_("More tickets than services: too many by %(n)s. Such days: %(days)s."),
    "issue": N_(
        "Few tickets: %(hits)s, where services handled were %(n)s; in the group %(mean)s %%."
    ),
    "unscored": N_(
        "Few tickets for the members without a score: %(hits)s, where services handled were %(n)s; "
        "in the group %(mean)s %%."
    ),
    "one_hand": N_(
        "One hand: tickets issued by one person %(hits)s, by all %(n)s; in the group %(mean)s %%."
    ),
    "pressure": N_("Pressure: surely more raters than elsewhere say they were asked to rate well."),
}


def feature_words(finding: Mapping[str, Any]) -> str:
    """Return a finding in words."""
    words = FEATURES[finding["feature"]]
    return str(_(words, **finding["facts"]))
