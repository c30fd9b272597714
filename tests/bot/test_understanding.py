"""What people write, read as the answer asked for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.choice import make_choices, understand_choice
from bot.understanding.email import understand_email
from bot.understanding.media import understand_media
from bot.understanding.name import understand_name
from bot.understanding.number import understand_number
from bot.understanding.phone import understand_phone
from bot.understanding.scale import understand_scale
from bot.understanding.several_choices import understand_choices
from bot.understanding.text import understand_text
from bot.understanding.understood import Unclear, Understood
from bot.understanding.yes_no import understand_yes_no
from core.fold import fold
from core.threads.content import Media, Text

CLINIC = make_choices(
    [
        ("botox", ["Botox", "toxina", "arrugas"]),
        ("relleno", ["Ácido hialurónico", "labios", "ojeras"]),
        ("laser", ["Depilación láser", "depilar", "vello"]),
        ("facial", ["Limpieza facial", "limpieza", "acne"]),
    ]
)
DAYPARTS = make_choices([("m", ["Mañana"]), ("t", ["Tarde"]), ("n", ["Noche"])])
OFTEN = make_choices(
    [
        ("0", ["Ningún día"]),
        ("1", ["Varios días"]),
        ("2", ["Más de la mitad de los días"]),
        ("3", ["Casi todos los días"]),
    ]
)


def value(reading: Understood | Unclear) -> Any:
    return reading.value if isinstance(reading, Understood) else None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("¡Bótox, por favor!", "botox por favor"),
        ("2️⃣", "2"),
        ("ÑANDÚ", "nandu"),
        ("🙏", ""),
        ("a_b-c", "a b c"),
        ("ﬁn", "fin"),
    ],
)
def test_text_is_compared_without_accents_signs_and_emoji(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("botox", "botox"), ("BÓTOX", "botox"), ("botxo", "botox"), ("toxina", "botox"), ("1", "botox"),
        ("2.", "relleno"),
        ("la 2", "relleno"), ("opción dos", "relleno"), ("la tercera", "laser"), ("el último", "facial"),
        ("3️⃣", "laser"), ("𝗕𝗼𝘁𝗼𝘅", "botox"),
        ("quiero depilar, por favor", "laser"), ("acido hialuronico", "relleno"), ("limpeza", "facial"),
        ("nro 4", "facial"),
        ("me interesa el acido hialurónico", "relleno"),
    ],
)  # fmt: skip
def test_an_option_is_understood(text: str, option: str) -> None:
    assert value(understand_choice(text, CLINIC)) == option


@pytest.mark.parametrize(
    "text", ["", "hola", "5", "0", "12345678901234567890", "no sé", "cuánto sale", "buenas tardes", "???"]
)
def test_what_is_no_option_is_not_guessed(text: str) -> None:
    assert understand_choice(text, CLINIC) == Unclear("nothing")


def test_the_famous_false_hits_are_not_made() -> None:
    assert value(understand_choice("buenas tardes", DAYPARTS)) is None
    assert value(understand_choice("la mitad", OFTEN)) is None
    assert value(understand_choice("casi nunca", OFTEN)) is None


def test_a_word_inside_a_longer_phrase_of_another_option_is_not_meant() -> None:
    coming = make_choices([("si", ["Sí, voy", "voy"]), ("no", ["No puedo ir", "no voy", "no voy a poder"])])
    assert understand_choice("ay, no voy a poder ir mañana, se me complicó", coming) == Unclear("near", ("no",))
    assert understand_choice("la verdad es que voy con mi hermana", coming) == Unclear("near", ("si",))


def test_what_stands_inside_a_sentence_is_offered_not_taken() -> None:
    assert understand_choice("mi hermana quiere botox y yo también", CLINIC) == Unclear("near", ("botox",))
    assert understand_choice("no quiero botox", CLINIC) == Unclear("near", ("botox",))


def test_two_that_are_equally_near_are_both_offered() -> None:
    colours = make_choices([("a", ["Plan Premium A"]), ("b", ["Plan Premium B"])])
    assert understand_choice("plan premiun", colours) == Unclear("near", ("a", "b"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("34", 34), ("tengo 34 años", 34), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1,5", 1.5), ("1.5", 1.5),
        ("1.234", 1234),
        ("1.234.567", 1234567), ("$ 3.500", 3500), ("treinta y cuatro", 34), ("tengo treinta y cuatro", 34),
        ("veintidós", 22),
        ("dos mil trescientos", 2300), ("ciento veinte", 120), ("mil", 1000), ("dos y medio", 2.5), ("-3", -3),
        ("cero", 0),
        ("una", 1), ("0,75", 0.75), ("un hijo de 12", 12),
    ],
)  # fmt: skip
def test_a_number_is_read(text: str, number: float) -> None:
    assert value(understand_number(text)) == number


def test_what_is_not_one_number_says_why() -> None:
    assert understand_number("ni idea") == Unclear("nothing")
    assert understand_number("un rato") == Unclear("nothing")
    assert understand_number("entre 20 y 30") == Unclear("several", (20, 30))
    assert understand_number("más de 20") == Unclear("bound", (20,))
    assert understand_number("1,5", integer=True) == Unclear("integer")
    assert understand_number("150", maximum=99) == Unclear("range")
    assert understand_number("treinta", minimum=31) == Unclear("range")


@given(st.integers(0, 999_999))
def test_any_whole_number_written_with_points_is_read_back(number: int) -> None:
    assert value(understand_number(f"{number:,}".replace(",", "."))) == number


@pytest.mark.parametrize(
    "text",
    [
        "sí",
        "SI!!",
        "claro",
        "dale",
        "por supuesto",
        "👍",
        "👍🏽",
        "sí, gracias",
        "si por favor",
        "ok",
        "sí quiero",
        "✅",
    ],
)
def test_a_yes_is_a_yes(text: str) -> None:
    assert understand_yes_no(text).__class__ is Understood
    assert value(understand_yes_no(text)) is True


@pytest.mark.parametrize(
    "text", ["no", "No, gracias", "para nada", "👎", "claro que no", "no estoy embarazada", "todavía no", "nop"]
)
def test_a_no_is_a_no(text: str) -> None:
    assert value(understand_yes_no(text)) is False


@pytest.mark.parametrize(
    "text",
    ["puede ser", "sí y no", "no sé", "si pero no", "creo que sí", "depende", "👍👎", "no estoy segura", "🤷", "¿sí?"],
)
def test_a_doubt_is_a_doubt(text: str) -> None:
    assert understand_yes_no(text) == Unclear("doubt")


@pytest.mark.parametrize("text", ["hola", "", "mañana", "34", "😊", "¿cuánto sale?"])
def test_what_is_neither_yes_nor_no_is_nothing(text: str) -> None:
    assert understand_yes_no(text) == Unclear("nothing")


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("55 1234 5678", "MX", "+525512345678"), ("+521 55 1234 5678", "MX", "+525512345678"),
        ("mi número es 55-1234-5678 gracias", "MX", "+525512345678"), ("(55) 1234.5678", "MX", "+525512345678"),
        ("11 15-2345-6789", "AR", "+5491123456789"), ("+54 9 11 2345-6789", "AR", "+5491123456789"),
        ("5491123456789", "AR", "+5491123456789"), ("11 8765-4321", "BR", "+5511987654321"),
        ("+55 11 98765-4321", "BR", "+5511987654321"), ("300 123 4567", "CO", "+573001234567"),
        ("+34 612 34 56 78", "MX", "+34612345678"),
    ],
)  # fmt: skip
def test_a_phone_is_read_in_its_local_form(text: str, region: str, number: str) -> None:
    assert value(understand_phone(text, region=region)) == number


def test_what_is_no_phone_says_why() -> None:
    assert understand_phone("hola", region="MX") == Unclear("nothing")
    assert understand_phone("55 1234", region="MX") == Unclear("invalid")
    assert understand_phone("0000000000", region="MX") == Unclear("invalid")
    assert understand_phone("este", region="MX") == Unclear("own")
    assert understand_phone("este", region="MX", own="12") == Unclear("own")
    assert value(understand_phone("este mismo", region="MX", own="5215512345678")) == "+525512345678"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Caro@Gmail.com", "caro@gmail.com"), ("es caro.p+x@clinica.com.mx", "caro.p+x@clinica.com.mx"),
        ("caro arroba gmail punto com", "caro@gmail.com"), ("caro @ gmail.com.", "caro@gmail.com"),
    ],
)  # fmt: skip
def test_an_email_is_read(text: str, address: str) -> None:
    assert value(understand_email(text)) == address


def test_an_email_that_looks_mistyped_is_suggested() -> None:
    assert understand_email("caro@gmial.com") == Unclear("typo", ("caro@gmail.com", "caro@gmial.com"))
    assert understand_email("caro@hotmial.com") == Unclear("typo", ("caro@hotmail.com", "caro@hotmial.com"))
    assert understand_email("caro@") == Unclear("nothing")
    assert understand_email("a@b.co y c@d.co") == Unclear("several")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("soy Caro Pérez, gracias", "Caro Pérez"), ("carolina", "Carolina"),
        ("me llamo maria de los angeles", "Maria de los Angeles"),
        ("Hola, soy Ana y quiero info", "Ana"), ("JUAN PABLO", "Juan Pablo"),
        ("Buenas tardes, mi nombre es Luz", "Luz"),
        ("Soledad", "Soledad"), ("Conrado", "Conrado"), ("ana-lucía", "Ana-Lucía"),
        ("D'Angelo", "D'Angelo"), ("Ana 😊", "Ana"),
        ("Sí, Marta", "Marta"), ("Ana. Quisiera saber precios", "Ana"),
    ],
)  # fmt: skip
def test_a_name_is_found(text: str, name: str) -> None:
    assert value(understand_name(text)) == name


@pytest.mark.parametrize(
    "text",
    [
        "hola",
        "¿cuánto cuesta?",
        "34",
        "quiero una cita",
        "",
        "👍",
        "buenas tardes",
        "ana1",
        "precios",
        "a",
        "no te digo nada más de eso ahora",
    ],
)
def test_what_is_no_name_is_not_taken_for_one(text: str) -> None:
    assert value(understand_name(text)) is None


def test_text_is_judged_by_its_length() -> None:
    assert understand_text("  algo ") == Understood("algo")
    assert understand_text("   ") == Unclear("nothing")
    assert understand_text("ab", minimum=3) == Unclear("short")
    assert understand_text("abcd", maximum=3) == Unclear("long")


def test_a_file_is_judged_by_its_kind_and_size() -> None:
    assert understand_media(Media("image", attachment=7), types=["image"]) == Understood(
        {"type": "image", "attachment": 7}
    )
    assert understand_media(Media("animation", "f"), types=["video"]) == Understood(
        {"type": "animation", "provider_ref": "f"}
    )
    assert understand_media(Media("voice", "f"), types=["image"]) == Unclear("type")
    assert understand_media(Media("image", "f", size=11), types=["image"], max_bytes=10) == Unclear("size")
    assert understand_media(Media("image", problem="expired"), types=["image"]) == Unclear("problem")
    assert understand_media(Text("x"), types=["image"]) == Unclear("nothing")


def test_a_scale_takes_full_labels_and_numbers_only() -> None:
    labels = ["Nunca", "A veces", "Siempre"]
    assert understand_scale("a veces", minimum=0, maximum=2, labels=labels) == Understood(1)
    assert understand_scale("2", minimum=0, maximum=2, labels=labels) == Understood(2)
    assert understand_scale("casi nunca", minimum=0, maximum=2, labels=labels) == Unclear("nothing")
    assert understand_scale("7", minimum=0, maximum=10) == Understood(7)
    assert understand_scale("11", minimum=0, maximum=10) == Unclear("range")


@given(st.text(max_size=300))
def test_nothing_anybody_writes_breaks_the_reading_of_it(text: str) -> None:
    for reading in (
        understand_choice(text, CLINIC), understand_number(text), understand_yes_no(text), understand_email(text),
        understand_phone(text, region="AR", own="549112345"), understand_name(text), understand_text(text),
        understand_scale(text, minimum=0, maximum=3),
    ):  # fmt: skip
        assert isinstance(reading, Understood | Unclear)


def test_the_emoji_of_an_option_means_it() -> None:
    choices = make_choices(
        [("botox", ["💉 Botox"]), ("laser", ["✨ Láser"]), ("facial", ["✨ Facial"]), ("ok", ["Va", "👍"])]
    )
    assert understand_choice("💉", choices) == Understood("botox")
    assert understand_choice("👍🏽", choices) == Understood("ok")
    assert understand_choice("✨", choices) == Unclear("nothing")
    assert understand_choices("💉", choices) == Understood(["botox"])


BAKERY = make_choices(
    [
        ("bolillos", ["Bolillos", "bolillo"]),
        ("baguettes", ["Baguettes", "baguette"]),
        ("conchas", ["Conchas", "concha"]),
        ("chocolate", ["Pastel de chocolate", "chocolate"]),
        ("tres_leches", ["Pastel de tres leches", "tres leches"]),
    ]
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2 conchas", ["conchas"]),
        ("10 conchas", ["conchas"]),
        ("2 bolillos, 5 conchas", ["bolillos", "conchas"]),
        ("una concha y 2 baguets", ["baguettes", "conchas"]),
        ("una docena de conchas y medio kilo de bolillos", ["bolillos", "conchas"]),
        ("me das 20 bolillos porfa", ["bolillos"]),
        ("tres leches", ["tres_leches"]),
        ("dos de tres leches", ["tres_leches"]),
        ("2 pasteles de tres leches y 3 bolillos", ["bolillos", "tres_leches"]),
        ("la 2 y chocolate", ["baguettes", "chocolate"]),
        ("1 y 3", ["bolillos", "conchas"]),
    ],
)
def test_how_many_of_a_thing_is_not_the_number_of_another(said: str, meant: list[str]) -> None:
    assert understand_choices(said, BAKERY) == Understood(meant)


def test_a_count_of_something_several_options_are_called_is_asked_about() -> None:
    assert understand_choices("dos pasteles", BAKERY) == Unclear("near", ("chocolate", "tres_leches"))
    assert understand_choices("bolillos 2", BAKERY) == Unclear("some", ("bolillos",))
