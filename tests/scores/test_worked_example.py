"""Holds docs/formulas.md against the code: every number in its worked example is recomputed."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.rules import RatingDraft
from evalsys.scores.rules.anomalies import excess, jump, jumps_beyond, poisson_tail
from evalsys.scores.rules.case_mix import CellSum, MemberCases, MixedScore, case_mix
from evalsys.scores.rules.formulas import (
    SATISFIED,
    ChiefScore,
    Seat,
    SizeBand,
    ballot_score,
    chief_score,
    dimension_score,
    is_comparable,
    member_score,
    share,
    share_of_ballots,
    size_band,
    weighs_in,
)
from evalsys.scores.rules.funnel import GroupStanding, deviation, standing
from evalsys.scores.rules.proposals import (
    Figures,
    Thresholds,
    propose_commendation,
    propose_interview,
)
from evalsys.scores.rules.rates import Rate, rate_funnel
from evalsys.scores.rules.shrinkage import Rank, Shrinkage, probability_below, rank, rank_z, shrink
from evalsys.scores.rules.spread import (
    Moments,
    member_variance,
    own_error,
    own_variance,
    pooled_variance,
    rate_variance,
)
from tests.scores.sheet import Sheet, Value, excel_round, read_sheet, tables

DOCUMENT = Path(__file__).parents[2] / "docs" / "formulas.md"
EXAMPLE = DOCUMENT.read_text("utf-8").partition("## Worked example")[2]
EVEN = dict.fromkeys(DIMENSIONS, 25)


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return read_sheet(EXAMPLE)


@pytest.fixture(scope="module")
def at(sheet: Sheet) -> dict[str, Value]:
    return sheet.names


Row = tuple[str, str, dict[str, int | None], int]  # member, group, levels, number


def given(at: dict[str, Value]) -> Iterator[Row]:
    """Yield every row of ballots."""
    for i, times in enumerate(at["times"]):
        levels = {name: int(at[name][i]) or None for name in DIMENSIONS}
        yield str(at["member"][i]), str(at["group"][i]), levels, int(times)


def ballots(at: dict[str, Value]) -> Iterator[Row]:
    """Yield the rows of ballots of groups that weigh in."""
    number = Counter[tuple[str, str]]()
    for member, group, _, times in given(at):
        number[member, group] += times
    least = int(at["min_n_group"])
    for row in given(at):
        if weighs_in(row[1], number[row[0], row[1]], min_n_group=least):
            yield row


def tallies(at: dict[str, Value], member: str) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for name, group, levels, times in ballots(at):
        if name == member:
            n, total = found.get(group, (0, 0))
            found[group] = (n + times, total + times * int(100 * ballot_score(levels, EVEN)))
    return found


def moments(at: dict[str, Value], member: str, group: str = "") -> Moments:
    rows = [
        (times, int(100 * ballot_score(levels, EVEN)))
        for name, of, levels, times in ballots(at)
        if name == member and group in {"", of}
    ]
    return Moments(
        sum(n for n, _ in rows), sum(n * b for n, b in rows), sum(n * b * b for n, b in rows)
    )


def weights(at: dict[str, Value]) -> dict[str, int]:
    return {"rec": at["W_rec"], "col": at["W_col"], "gra": at["W_gra"]}


def chief(at: dict[str, Value]) -> ChiefScore:
    seats = []
    for member in "ABC":
        known = tallies(at, member)
        score = member_score(known, weights(at), min_n=at["min_n"])
        seats.append(Seat(member, at[f"days_{member}"], score, sum(n for n, _ in known.values())))
    return chief_score(seats, at["period_days"])


def spread(at: dict[str, Value]) -> float:
    # The others enter by their totals: so many degrees of freedom, so much scatter.
    known = [moments(at, member) for member in "AB"]  # C has too few ballots to be printed.
    own = pooled_variance(known)
    assert own is not None
    freedom = sum(one.n - 1 for one in known)
    together = own * freedom + at["scatter_other"]
    return float(together / (freedom + at["freedom_other"]))


def units(at: dict[str, Value]) -> list[tuple[float, float]]:
    s2 = spread(at)
    variances = {
        member: member_variance(
            s2, {group: n for group, (n, _) in tallies(at, member).items()}, weights(at)
        )
        for member in "AB"
    }
    own = rate_variance((at[f"days_{member}"], variances[member]) for member in "AB")
    rate = chief(at).rate
    assert rate is not None
    others = list(zip(at["rate_given"], at["V_given"], strict=True))[1:]
    return [(float(rate), own), *((float(y), float(v)) for y, v in others)]


def adjusted(at: dict[str, Value]) -> Shrinkage:
    found = shrink(units(at))
    assert found is not None
    return found


def test_every_printed_number_follows_from_the_formula_beside_it(sheet: Sheet) -> None:
    assert sheet.wrong == []
    assert len(sheet.names) > 100


def test_numbers_in_the_prose_stand_in_a_table_too() -> None:
    printed = {cell for _, rows in tables(EXAMPLE) for row in rows for cell in row}
    prose = " ".join(line for line in EXAMPLE.splitlines() if not line.startswith("|"))
    prose = re.sub(r"\bF\d+d?\b|`<10`", "", prose)
    assert set(re.findall(r"\d+(?:\.\d+)?", prose)) <= printed


def test_f1(at: dict[str, Value]) -> None:
    rows = list(given(at))
    assert [float(ballot_score(levels, EVEN)) for _, _, levels, _ in rows] == list(at["b"])
    assert any(None in levels.values() for _, _, levels, _ in rows)
    assert [RatingDraft(levels).is_low for _, _, levels, _ in rows] == list(at["bad"])
    assert [ballot_score(levels, EVEN) >= SATISFIED for _, _, levels, _ in rows] == list(
        at["satisfied"]
    )


def test_f2(at: dict[str, Value]) -> None:
    counted = list(ballots(at))
    assert [row in counted for row in given(at)] == [bool(weighs) for weighs in at["weighs"]]
    assert (at["n_A_gra"], at["n_A"]) == (2, sum(n for n, _ in tallies(at, "A").values()))
    found = {
        member: member_score(tallies(at, member), weights(at), min_n=at["min_n"])
        for member in "ABC"
    }
    assert found == {"A": Decimal(str(at["M_A"])), "B": Decimal(str(at["M_B"])), "C": None}
    assert at["n_C"] == sum(n for n, _ in tallies(at, "C").values()) < at["min_n"]


def test_f2d(at: dict[str, Value]) -> None:
    answers = {
        group: (int(at[f"eff_n_{group}"]), int(at[f"eff_sum_{group}"])) for group in ("rec", "col")
    }
    found = dimension_score(answers, weights(at), min_n=at["min_n"])
    assert found == Decimal(str(at["eff_A"]))


def test_f3_to_f5(at: dict[str, Value]) -> None:
    found = chief(at)
    for member in "AB":
        assert float(share(at[f"days_{member}"], at["period_days"])) == at[f"share_{member}"]
    contributions = [None if row is None else float(row) for row in found.contributions]
    assert contributions == [at["row_A"], at["row_B"], None]
    assert float(found.total) == pytest.approx(at["S"], abs=1e-9)
    assert float(found.maximum) == pytest.approx(at["S_max"], abs=1e-9)
    assert found.rate == Decimal(str(at["rate_1"]))
    assert found.coverage == Decimal(str(at["coverage"]))
    assert found.ballots == at["ballots"]
    assert is_comparable(found.coverage, found.ballots)
    assert size_band(found.members) is SizeBand.UP_TO_5


def test_f6(at: dict[str, Value]) -> None:
    for member in "AB":
        found = pooled_variance([moments(at, member)])
        assert found == pytest.approx(at[f"var_{member}"], rel=1e-9)
    assert spread(at) == pytest.approx(at["s_sq"], rel=1e-12)
    assert units(at)[0] == pytest.approx((at["rate_1"], at["V_1"]), rel=1e-12)


def test_f6b(at: dict[str, Value]) -> None:
    groups = {
        "A": {"rec": moments(at, "A", "rec"), "col": moments(at, "A", "col")},
        "B": {"rec": moments(at, "B")},
    }
    own = {member: own_variance(known, weights(at), spread(at)) for member, known in groups.items()}
    assert own == pytest.approx({"A": at["own_A"], "B": at["own_B"]}, rel=1e-9)
    found = rate_variance((at[f"days_{member}"], own[member]) for member in "AB")
    assert found == pytest.approx(at["own_1"], rel=1e-9)
    assert float(own_error(found, units(at)[0][1])) == at["error_1"]


def test_f11(at: dict[str, Value]) -> None:
    group, (rate, variance) = adjusted(at), units(at)[0]
    first, mean = group.units[0], Decimal(str(at["mu_2"]))
    z = deviation(Decimal(str(rate)), variance, mean, group.tau2)
    assert float(z) == at["deviation_1"]
    assert standing(z) is GroupStanding.PROBABLY_BELOW
    assert float(1 - probability_below(first.theta, first.se, mean)) == at["above_mean"]


def test_f13(at: dict[str, Value]) -> None:
    pairs = zip(at["tickets"], at["services"], strict=True)
    units = [Rate(int(tickets), int(services)) for tickets, services in pairs]
    funnel = rate_funnel(units)
    assert funnel is not None
    assert (float(funnel.mean), float(funnel.phi)) == (at["p_issue"], at["phi_issue"])
    assert float(units[0].percent or 0) == at["issue_1"]
    assert float(funnel.deviation(units[0]) or 0) == at["z_issue_1"]
    assert funnel.standing(units[0]) is GroupStanding.SURELY_BELOW


def test_f14(at: dict[str, Value]) -> None:
    assert poisson_tail(12, at["own_rate"]) == pytest.approx(at["burst_chance"], rel=1e-9)
    start = date(2026, 7, 1)
    days = {start: (25, 9), start + timedelta(days=1): (12, 10)}
    assert excess(days) == (2, at["beyond"])
    own = max(units(at)[0][1], at["error_1"] ** 2)
    found = jump((Decimal(str(at["rate_1"])), own), (Decimal("81.30"), 2.64))
    assert float(found or 0) == at["jump_1"]
    assert jumps_beyond({1: found or Decimal(0)}) == {1: found}


def test_f7(at: dict[str, Value]) -> None:
    found = adjusted(at)
    assert found.k == at["k"]
    assert [found.q, found.tau2, found.mu] == pytest.approx(
        [at["Q"], at["tau_sq"], at["mu"]], rel=1e-9
    )
    for i, unit in enumerate(found.units):
        printed = [at[name][i] for name in ("theta", "se", "lo", "hi", "reliability")]
        known = (unit.theta, unit.se, unit.lo, unit.hi, unit.reliability)
        assert [float(figure) for figure in known] == printed


def test_f8(at: dict[str, Value]) -> None:
    found = rank([unit.theta for unit in adjusted(at).units], units(at))
    assert rank_z(at["k"]) == pytest.approx(at["z"])
    assert [one.position for one in found] == list(at["position"])
    assert found[4] == Rank(at["position_5"], at["rank_lo_5"], at["rank_hi_5"], at["k"])
    assert found[0] == Rank(6, 6, 6, 6)


@pytest.mark.parametrize(("hits", "name"), [("hits", "satisfied"), ("bad_hits", "bad")])
def test_f9(at: dict[str, Value], hits: str, name: str) -> None:
    found = share_of_ballots(int(at[hits]), int(at["ballots"]))
    assert found is not None
    printed = [at[f"{name}_{part}"] for part in ("share", "lo", "hi")]
    assert [float(figure) for figure in (found.share, found.lo, found.hi)] == printed


def test_f10_and_the_proposal(at: dict[str, Value]) -> None:
    first, section = adjusted(at).units[0], chief(at)
    below = probability_below(first.theta, first.se, Decimal(70))
    assert float(below) == at["below_70"]
    figures = Figures(
        ballots=section.ballots,
        theta=first.theta,
        se=first.se,
        reliability=first.reliability,
        score=section.rate,
        own_se=Decimal(str(at["error_1"])),
        coverage=section.coverage,
        mean=Decimal(str(at["mu_2"])),
    )
    found = propose_interview(figures, Thresholds())
    (rows,) = (rows for heads, rows in tables(EXAMPLE) if heads[0] == "ground")
    assert rows == [
        [one.ground, str(one.figure), str(one.line), "yes" if one.holds else "no"]
        for one in found.conditions
    ]
    commendation = propose_commendation(figures, Thresholds()).conditions[2]
    assert commendation.figure == Decimal(1) - probability_below(first.theta, first.se, Decimal(70))
    assert float(commendation.figure) == excel_round(at["from_70"], 3)


def test_f12(at: dict[str, Value]) -> None:
    easy, hard = ("easy", ""), ("hard", "")
    columns = [at[f"{name}_all"] for name in ("easy", "mean_easy", "hard", "mean_hard")]
    members = []
    for place, (n, mean, m, other) in enumerate(zip(*columns, strict=True)):
        cells = {
            easy: CellSum(int(n), round(100 * n * mean)),
            hard: CellSum(int(m), round(100 * m * other)),
        }
        total = sum(each.total for each in cells.values())
        # All of the scatter is given to the first of them: only its sum counts.
        scatter = 10_000 * at["scatter_mixed"] if place == 0 else 0
        squares = round(total**2 / (n + m) + scatter)
        members.append(MemberCases(Moments(int(n + m), total, squares), cells))
    mix = case_mix(members)
    assert mix is not None
    assert mix.between == pytest.approx(at["vb"], rel=1e-6)
    assert mix.effects[easy].effect == pytest.approx(at["effect_easy"], rel=1e-6)
    own = int(at["own_easy"])
    found = mix.adjust(
        Decimal(str(at["rate_1"])),
        Decimal(str(at["error_1"])),
        {easy: own, hard: int(at["ballots"]) - own},
        own,
    )
    assert found == MixedScore(Decimal(str(at["mixed"])), Decimal(str(at["mixed_se"])))


def test_a_wrong_number_in_the_document_is_noticed() -> None:
    assert read_sheet(EXAMPLE.replace("| 107.16 |", "| 107.17 |")).wrong == [
        "S =row_A+row_B is 107.16, printed '107.17'"
    ]
    assert read_sheet(EXAMPLE.replace("| 66.67 |", "| 66.66 |")).wrong != []
