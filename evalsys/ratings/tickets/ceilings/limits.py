"""The limit of tickets per issuer, person and day. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import Limit, LimitSection

CEILING = Limit(
    "ticket_ceiling",
    N_("Tickets of one issuer for one person's services of a day, at most"),
    60,
    (1, 1000),
    N_("slips"),
    basis="防止一手造单；确需超出的，由组织人事部门说明理由放宽",
)
LIMITS = LimitSection(NP_("policy", "Tickets"), (CEILING,))
