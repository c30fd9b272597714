"""What a change of flows means for people in the middle of a conversation, told in sentences."""

from pathlib import Path

import pytest
from flow_factory import GLOBALS, HUMAN, LEAD, OPT_OUT, PRICES, pack

from bot.tooling.diff import differences, flow_differences
from core.errors import Refused


def told(*changes: tuple[str, str]) -> list[str]:
    text = LEAD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return list(flow_differences(pack(LEAD).flows, pack(text).flows))


WAITS = "nombre, servicio, edad, salud"
STAYS = "inicio: Who is in it finishes as it was; who begins from now on sees this:"
MOVES = "inicio: Who is in it goes on in the new one at their next message, where that can be:"
MIGRATE = ("flow: inicio\n", "flow: inicio\nmigrate: {}\n")


def test_nothing_is_told_of_what_did_not_change() -> None:
    assert told() == []


def test_what_is_only_said_in_passing_is_one_line() -> None:
    assert told(("Hola de {org.name}", "Buenas, {org.name}")) == [
        "inicio: only what is said in passing changes, for who begins from now on."
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('ask: "¿Edad?"', 'ask: "¿Qué edad tienes?"', "edad: asks «¿Edad?» no more, but «¿Qué edad tienes?»."),
        ("min: 10", "min: 18", "edad: min was 10, is 18."),
        ("facial: {label", "crema: {label: Crema}\n      facial: {label",
         "servicio: the option «Crema» (crema) is new."),
        ('      facial: {label: "Limpieza facial"}\n', "", "servicio: the option «Limpieza facial» (facial) is gone."),
        ("{label: Botox,", '{label: "Bótox",', "servicio: the option botox was «Botox», is «Bótox»."),
        ('"Depilación láser"}', '"Depilación láser", to: salud}',
         "servicio: the option laser led to nothing, now to salud."),
        ("tries: 3", "tries: 2", f"{WAITS}: the tries were 3, now 2."),
        ("after: 20h", "after: 10h",
         f"{WAITS}: silence: no more after 20h it goes to callado; now after 10h it goes to callado."),
        ("callado: {end: callado}", "callado: {end: silencio}", "it may now end with 'silencio'."),
        ("callado: {end: callado}", "callado: {end: silencio}",
         "it no longer ends with 'callado'; who finishes the old one may, so callers keep answering it a while."),
        ("  edad: {type: number, label: Edad}\n", "  edad: {type: age, label: Edad}\n",
         "the variable 'edad' was of type number, is of type age."),
        ("servicio: {type: choice,", "servicio: {type: choice, scope: contact,",
         "the variable 'servicio' outlives the flow now."),
        ("  guardar:\n", '  correo: {ask: "¿Correo?", as: {type: email}}\n  guardar:\n',
         "correo: is new. Who is past its place does not come to it."),
        ("handover: ventas", "handover: cierre", "pasar: goes to cierre, not ventas."),
    ],
)  # fmt: skip
def test_a_change_is_told_in_a_sentence(old: str, new: str, line: str) -> None:
    lines = told((old, new))
    assert lines[0] == STAYS
    assert f"  {line}" in lines


def test_options_in_another_order_are_told_because_people_type_their_numbers() -> None:
    laser, facial = '      laser: {label: "Depilación láser"}\n', '      facial: {label: "Limpieza facial"}\n'
    line = "  servicio: the options come in another order: a number typed means another one."
    assert told((laser + facial, facial + laser)) == [STAYS, line]


def test_a_flow_that_says_migrate_tells_who_moves_and_who_cannot() -> None:
    lines = told(
        MIGRATE,
        ('facial: {label: "Limpieza facial"}', 'crema: {label: "Crema"}'),
        ('salud: {ask: "¿Embarazo?", as: {type: yes_no}', 'salud: {ask: "¿Embarazo?", as: {type: text}'),
        ("salud: {type: yes_no", "salud: {type: text"),
    )
    assert lines[0] == MOVES
    assert "  servicio: who waits there is asked again before an answer is taken." in lines
    assert (
        "  salud: was a question of kind yes_no, is a question of kind text. Who waits there stays in the old one."
        in lines
    )
    edad = LEAD[LEAD.index("  edad:\n    ask") : LEAD.index("  salud: {ask")]
    assert "  edad: is gone. Who waits there stays in the old one." in told(MIGRATE, (edad, ""))


def test_what_the_new_flow_counts_on_and_the_old_never_asked_is_told() -> None:
    asks = '  correo: {ask: "¿Correo?", as: {type: email}, into: correo}\n  edad:\n    ask'
    lines = told(MIGRATE, ("  edad:\n    ask", asks), ("vars:\n", "vars:\n  correo: {type: email}\n"))
    assert "  edad, salud: who waits there without a value for correo stays in the old one." in lines


def test_a_renamed_step_is_one_step() -> None:
    lines = told(("flow: inicio\n", "flow: inicio\nmigrate: {edad: anos}\n"), ("  edad:\n    ask", "  anos:\n    ask"))
    assert lines[0] == MOVES
    assert "  edad: is called anos now." in lines
    assert not [line for line in lines if "is gone" in line or "is new" in line]


def test_callers_learn_what_they_must_answer_now() -> None:
    caller = "flow: uno\nstart: a\nsteps:\n  a: {call: precios, outcomes: {respondida: fin}}\n  fin: {end: x}\n"
    more = PRICES + "  nada: {end: sin_precio}\n"
    lines = list(flow_differences(pack(LEAD, caller).flows, pack(LEAD, caller, more).flows))
    assert "  it may now end with 'sin_precio': uno.a must answer it." in lines


def write(folder: Path, lead: str, words: str = GLOBALS) -> Path:
    folder.mkdir()
    (folder / "_globals.yaml").write_text(words)
    for index, text in enumerate((lead, HUMAN, OPT_OUT, PRICES)):
        (folder / f"{index}.flow.yaml").write_text(text)
    return folder


def test_two_packs_or_two_files_are_compared(tmp_path: Path) -> None:
    old = write(tmp_path / "old", LEAD)
    new = write(
        tmp_path / "new",
        LEAD.replace("tries: 3", "tries: 4"),
        GLOBALS.replace("volver, atras", "volver, atrás, regresar"),
    )
    lines = differences(old, new)
    assert lines[0] == STAYS
    assert lines[-2:] == [
        "Words that work everywhere change for everybody at once:",
        "  the words for back: no more atras; now also atrás, regresar.",
    ]
    assert differences(old / "0.flow.yaml", new / "0.flow.yaml") == lines[:-2]
    assert differences(old, old) == ["Nothing changes for people in the middle of a conversation."]
    with pytest.raises(Refused):
        differences(old, new / "0.flow.yaml")


def test_flows_that_are_gone_or_new_are_told(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", LEAD), write(tmp_path / "new", LEAD)
    (old / "otra.flow.yaml").write_text("flow: otra\nstart: a\nsteps:\n  a: {end: x}\n")
    assert differences(old, new) == ["otra is gone: who is in it finishes it; nobody begins it any more."]
    assert differences(new, old) == ["otra is new: nobody is in it."]
