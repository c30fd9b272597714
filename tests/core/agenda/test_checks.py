"""Bad input is refused with its field and the reason."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.agenda import checks
from core.agenda.policy import RANGES, policy_from
from core.errors import Refused
from core.organizations.actions import check_zone


@pytest.mark.parametrize(
    ("check", "given", "message"),
    [
        (check_zone, ("America/Lima2",), "zone: «America/Lima2» no es una zona horaria"),
        (checks.check_date, ("2026-02-29", "day"), "day: «2026-02-29» no existe"),
        (checks.check_weekly, ({"lun": []},), "weekly.lun: los días son mon"),
        (checks.check_weekly, ({"mon": [["13:00", "09:00"]]},), r"weekly.mon.0: el tramo 13:00–09:00 termina antes"),
        (checks.check_weekly, ({"mon": [["09:00", "13:00"], ["12:00", "15:00"]]},), "se superpone con 09:00–13:00"),
        (checks.check_weekly, ({"mon": [["9", "13:00"]]},), "escribe las horas como 09:00"),
        (checks.check_weekly, ({"mon": [["09:00"]]},), "cada tramo es"),
        (checks.check_validity, (date(2026, 5, 1), date(2026, 5, 1)), "valid_until"),
        (checks.check_service, ({"minutes": 60, "step": 7},), "step: los turnos empiezan cada 5, 10"),
        (checks.check_service, ({"minutes": 0},), "minutes: la duración"),
        (checks.check_service, ({"minutes": 60, "buffer_after": -5},), "buffer_after"),
        (checks.check_service, ({"minutes": 300}, 240), "el horario más largo de quienes lo atienden es de 240"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    check: Callable[..., Any], given: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        check(*given)


def test_what_touches_is_one_stretch() -> None:
    assert (
        checks.longest_block([{"mon": [["09:00", "13:00"], ["13:00", "15:00"]]}, {"tue": [["08:00", "12:00"]]}]) == 360
    )
    assert checks.longest_block([]) == 0
    checks.check_weekly({"mon": [["09:00", "13:00"], ["13:00", "24:00"]]})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("quiet_from", "21:00+05:00", "como 21:00"),
        ("quiet_until", "8:00", "como 21:00"),
        ("quiet_until", "24:00", "como 21:00"),
        ("late_cancel_hours", 10**12, "va de 0 a 720"),
        ("no_show_months", -1, "va de 1 a 120"),
        ("review_from_score", 6, "va de 1 a 5"),
        ("review_url", "javascript:alert(1)", "https://"),
        ("review_url", "http://g.co/r/x", "https://"),
        ("deposit_minor", True, "número entero"),
        ("lateness", 1, "no existe"),
    ],
)
def test_a_policy_that_makes_no_sense_names_its_setting(name: str, value: object, said: str) -> None:
    with pytest.raises(Refused) as refused:
        policy_from({name: value})
    assert refused.value.message.startswith(f"agenda.{name}: ") and said in refused.value.message


def test_a_policy_may_be_at_the_edge_of_every_range() -> None:
    for edge in (0, 1):
        policy_from({name: bounds[edge] for name, bounds in RANGES.items()})
    assert policy_from({"quiet_from": "23:59", "review_url": "https://g.page/r/clinica"}).quiet_from == "23:59"
