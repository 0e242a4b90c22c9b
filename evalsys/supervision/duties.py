"""The duties in supervised matters: who assigns, answers, agrees."""

from enum import StrEnum

from evalsys.cases.engine.rules.duties import OWNER, Office, Power
from evalsys.core.errors import N_
from evalsys.core.permissions import Action, Role


class MatterDuty(StrEnum):
    """What somebody is to a matter."""

    OFFICE = "supervision_office"  # of Party committee and government (两办督查)
    HEAD = "owner_chief"  # leads the section that owns it
    HANDLER = "handler"  # the person responsible in that section
    CO_OWNER = "co_owner"  # leads a section that has to contribute
    CONTRIBUTOR = "contributor"  # leads one that has done so
    IN_CHARGE = "in_charge"  # the leader in charge of the owning section
    CONVENER = "convener"  # the head of the organ that coordinates (顶格协调), and gave the task
    CALLED = "called"  # leads a section that was called to the coordination
    FORCE = "task_force"  # belongs to the task force (专班)
    OBJECTOR = "objector"  # objected to a conclusion, and may take the objection back
    DRAFTER = "drafter"  # drafted a referral by hand, and does not approve it
    DISCIPLINE = "discipline_organ"  # whom it was referred to; nobody before a referral is sent


OFFICES = (
    Office(
        MatterDuty.OFFICE,
        N_("the supervision office"),
        Action.MATTER_HANDLE,
        by=OWNER,
        role=Role.SUPERVISOR,
        powers=frozenset({Power.PROVE, Power.DECIDE, Power.AGREE}),
    ),
    Office(
        MatterDuty.HEAD,
        N_("the chief of the owning section"),
        Action.MATTER_ANSWER,
        by=OWNER,
        role=Role.CHIEF,
        powers=frozenset({Power.PROVE, Power.ASK}),
    ),
    Office(
        MatterDuty.HANDLER,
        N_("the responsible person"),
        Action.MATTER_ANSWER,
        by=MatterDuty.HANDLER,
        powers=frozenset({Power.PROVE}),
        heading=N_("Responsible person"),
    ),
    Office(
        MatterDuty.CO_OWNER,
        N_("the chief of a co-owning section"),
        Action.MATTER_ANSWER,
        by=MatterDuty.CO_OWNER,
        role=Role.CHIEF,
    ),
    Office(
        MatterDuty.CONTRIBUTOR,
        N_("the chief of a section that contributed"),
        Action.MATTER_ANSWER,
        by=MatterDuty.CONTRIBUTOR,
        role=Role.CHIEF,
    ),
    Office(
        MatterDuty.IN_CHARGE,
        N_("the leader in charge of the owning section"),
        Action.DEADLINE_AGREE,
        by=OWNER,
        role=Role.LEADER,
        powers=frozenset({Power.AGREE}),
    ),
    Office(
        MatterDuty.DISCIPLINE,
        N_("the discipline and supervision organ"),
        Action.REFERRAL_DECIDE,
        by=MatterDuty.DISCIPLINE,
        role=Role.DISCIPLINE,
        powers=frozenset({Power.DECIDE}),
    ),
    Office(
        MatterDuty.CONVENER,
        N_("the head of the organ"),
        Action.COORDINATION_LEAD,
        by=MatterDuty.CONVENER,
        role=Role.LEADER,
        powers=frozenset({Power.PROVE, Power.AGREE}),
    ),
)
# In a coordination alone.
CALLED = Office(
    MatterDuty.CALLED,
    N_("the chief of a section that was called"),
    Action.MATTER_ANSWER,
    by=MatterDuty.CALLED,
    role=Role.CHIEF,
    heading=N_("Called"),
)
FORCE = Office(
    MatterDuty.FORCE,
    N_("a member of the task force"),
    Action.MATTER_ANSWER,
    by=MatterDuty.FORCE,
    powers=frozenset({Power.PROVE}),
    heading=N_("Task force"),
)
# In a referral alone: who drafted one by hand may take it back.
DRAFTS = Office(MatterDuty.DRAFTER, N_("who drafted it"), Action.MATTER_HANDLE)
# In an objection alone: who opened one may take it back.
OBJECTS = Office(MatterDuty.OBJECTOR, N_("who objected"), Action.MATTER_ANSWER)
