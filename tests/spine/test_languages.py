"""A person's language, from their first message to the contact's row."""

import pytest

from tests.spine.clinic import Clinic
from tests.spine.people import Kind, Walker

GREETINGS = {"pt": "Olá!", "en": "Hi!", "es": "¡Hola!"}


async def _language(clinic: Clinic, person: Walker) -> str:
    return str(
        await clinic.value(
            "SELECT c.language FROM contact c JOIN identity i ON i.contact_id = c.id WHERE i.value = %s", person.id
        )
    )


@pytest.mark.parametrize(
    ("kind", "id_", "language"), [("whatsapp", "5511987650001", "pt"), ("telegram", "5511987650002", "es")]
)
async def test_a_number_of_brazil_is_greeted_in_portuguese_on_whatsapp_alone(
    clinic: Clinic, kind: Kind, id_: str, language: str
) -> None:
    person = Walker(clinic, kind, id_)
    await person.say("oi")
    await person.answered(2)
    assert (await person.received())[0].startswith(GREETINGS[language])
    assert await _language(clinic, person) == language


@pytest.mark.parametrize("kind", ["whatsapp", "telegram"])
async def test_a_language_asked_for_is_spoken_at_once_and_kept_on_the_contact(clinic: Clinic, kind: Kind) -> None:
    person = Walker(clinic, kind)
    await person.say("hola")
    await person.answered(2)
    await person.say("english please")
    await person.answered(4)
    assert (await person.received())[2:] == ["Of course! Let's go on in English.", "What else can I help you with?"]
    assert await _language(clinic, person) == "en"
    await person.tap("Prices")
    await person.answered(6)
    assert (await person.received())[-1] == "Can I help you with anything else?"
