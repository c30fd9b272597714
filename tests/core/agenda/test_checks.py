"""Bad input is refused with its field and the reason."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.agenda import checks
from core.errors import Refused
from core.organizations.actions import check_zone


@pytest.mark.parametrize(
    ("check", "given", "message"),
    [
        (checks.check_zone, ("America/Lima2",), "zone: «America/Lima2» no es una zona horaria"),
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
