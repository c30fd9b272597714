"""Asking for another language, and everything that only mentions one."""

import pytest

from bot.understanding.language import asked_language
from core.fold import fold

ASKS = {
    "en": """english please|English?|in english|Hi, do you speak English?|can we talk in english?|hablas inglés?
        ¿hablan ingles?|puede ser en inglés|I don't speak spanish|sorry i dont understand spanish|cambiar a inglés
        switch to english|Could you write in English please?|podemos hablar en inglés por favor|inglish pls
        i only speak english|can I get this in english|is there an english version|English, please!!
        I'd prefer English|do you have this in english?|we speak english""",
    "pt": """português por favor|fala português?|vocês falam português?|não falo espanhol|pode falar em português?
        em português, por favor|só falo português|do you speak portuguese|hablan portugués?|prefiro em português""",
    "es": """en español|español por favor|no hablo ingles|prefiero en español|hablas español?|in spanish please
        solo hablo español|castellano por favor|podemos seguir en castellano""",
    "other": "en francés|do you speak french?|deutsch|em francês",
}
MENTIONS = """
    hola|no|ingles basico|doy clases de ingles|soy profesora de portugues|quiero aprender ingles|english teacher
    trabajo en una academia de inglés|portuguesa|I want a spanish doctor|quiero un doctor que hable ingles
    no me gusta el ingles|en la tarde|no se|nao sei|no ingles|soy española|estudio frances|the french clinic
    yo no hablo con nadie|in the morning
"""


def _split(text: str) -> list[str]:
    return [one.strip() for line in text.strip().splitlines() for one in line.split("|")]


@pytest.mark.parametrize(("language", "said"), [(tag, said) for tag, texts in ASKS.items() for said in _split(texts)])
def test_a_language_is_asked_for(language: str, said: str) -> None:
    assert asked_language(fold(said)) == language


@pytest.mark.parametrize("said", _split(MENTIONS))
def test_a_language_is_only_mentioned(said: str) -> None:
    assert asked_language(fold(said)) is None


@pytest.mark.parametrize("said", ["ingles", "English", "português"])
def test_the_mere_name_asks_only_where_any_text_is_not_an_answer(said: str) -> None:
    assert asked_language(fold(said)) is not None
    assert asked_language(fold(said), bare=False) is None
