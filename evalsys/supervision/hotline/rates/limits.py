"""How the three rates of the hotline weigh in, which is for each city to say. Pure."""

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import PERCENT, Limit, LimitSection

BASIS = "各地自定；准格尔旗按30%、35%、35%计算"
RESPONSE = Limit(
    "hotline_response", N_("Weight of the response rate"), 30, (0, 100), PERCENT, basis=BASIS
)
SOLUTION = Limit(
    "hotline_solution", N_("Weight of the solution rate"), 35, (0, 100), PERCENT, basis=BASIS
)
SATISFACTION = Limit(
    "hotline_satisfaction",
    N_("Weight of the satisfaction rate"),
    35,
    (0, 100),
    PERCENT,
    basis=BASIS,
)
LEAST = Limit(
    "hotline_least",
    N_("Callers reached before an organ has a place"),
    5,
    (1, 200),
    N_("callers"),
)
LIMITS = LimitSection(NP_("policy", "Hotline 12345"), (RESPONSE, SOLUTION, SATISFACTION, LEAST))
