"""The duties in cases of the personnel office: who proposes, handles and decides them."""

from enum import StrEnum

from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.rules import duties
from evalsys.cases.engine.rules.duties import OWNER, Office, Power
from evalsys.core.errors import N_
from evalsys.core.permissions import Action, Role


class Duty(StrEnum):
    """What somebody is to a case about a person; a kind may bring others beside these."""

    PERSON = duties.PERSON
    CHIEF = "chief"  # leads the section of the case
    PROPOSER = "proposer"  # opened it, and takes no part in deciding it
    PERSONNEL = "personnel"
    LEADER = "leader"  # in charge of the section; decides


OFFICES = (
    Office(
        Duty.CHIEF,
        N_("the section chief"),
        Action.CASE_PROPOSE,
        by=OWNER,
        role=Role.CHIEF,
        powers=frozenset({Power.PROVE}),
    ),
    Office(
        Duty.PROPOSER,
        N_("who proposed it"),
        Action.CASE_PROPOSE,
        powers=frozenset({Power.PROVE}),
    ),
    Office(
        Duty.PERSONNEL,
        N_("the personnel office"),
        Action.CASE_HANDLE,
        by=OWNER,
        role=Role.HR,
        powers=frozenset({Power.PROVE, Power.DECIDE, Power.ASK}),
        urged=frozenset({Light.TODAY, Light.RED}),
    ),
    Office(
        Duty.LEADER,
        N_("the leader in charge"),
        Action.CASE_DECIDE,
        by=OWNER,
        role=Role.LEADER,
        powers=frozenset({Power.DECIDE, Power.AGREE}),
        urged=frozenset({Light.RED}),
    ),
)
