"""How a lead is scored. Pure; every point has its reason, which the staff sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

URGENCY = {"ya": 40, "mes": 25, "mira": 5}
HOT, WARM = 60, 30


@dataclass(frozen=True, slots=True)
class Score:
    """`points` 0 to 100; `reasons` are codes the pages translate, with their points."""

    points: int
    reasons: tuple[str, ...]

    @property
    def grade(self) -> str:
        """hot, warm or cold."""
        return "hot" if self.points >= HOT else "warm" if self.points >= WARM else "cold"


def score(answers: Mapping[str, Any], *, source: str, has_phone: bool) -> Score:
    """Points for what was answered: urgency weighs most, then a known interest, a phone, an ad that was tapped."""
    found: list[tuple[str, int]] = []
    if urgency := URGENCY.get(str(answers.get("cuando") or ""), 0):
        found.append((f"cuando_{answers['cuando']}", urgency))
    if answers.get("interes"):
        found.append(("interes", 20))
    if has_phone:
        found.append(("telefono", 20))
    if source in ("ctwa", "deep_link"):
        found.append((source, 10))
    if answers.get("detalle"):
        found.append(("detalle", 10))
    return Score(min(100, sum(points for _, points in found)), tuple(f"{code}:+{points}" for code, points in found))
