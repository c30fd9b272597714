"""How a lead is scored. Pure; every point has its reason, which the staff sees."""

from dataclasses import dataclass

URGENCY = {"ya": 40, "mes": 25, "averiguo": 5}
HOT = 60
ADULT = 18


@dataclass(frozen=True, slots=True)
class Score:
    """`points` 0 to 100; `reasons` as `code:+points`; `grade` is hot, warm or not_fit."""

    points: int
    reasons: tuple[str, ...]
    grade: str


def score(
    *,
    interest: str | None,
    timing: str | None,
    source: str,
    has_phone: bool,
    detail: bool,
    age: float | None,
    excluded: bool,
) -> Score:
    """Points for what was answered: urgency weighs most, then a known interest, a phone, an ad that was tapped.

    Somebody who must not be treated now (pregnancy, a minor) is no fit, whatever the points.
    """
    found: list[tuple[str, int]] = []
    if points := URGENCY.get(timing or "", 0):
        found.append((f"timing_{timing}", points))
    if interest:
        found.append(("interest", 20))
    if has_phone:
        found.append(("phone", 20))
    if source in ("ctwa", "deep_link"):
        found.append((f"source_{source}", 10))
    if detail:
        found.append(("detail", 10))
    total = min(100, sum(points for _, points in found))
    unfit = excluded or (age is not None and age < ADULT)
    grade = "not_fit" if unfit else "hot" if total >= HOT else "warm"
    reasons = [f"{code}:+{points}" for code, points in found] + (["not_fit"] if unfit else [])
    return Score(total, tuple(reasons), grade)
