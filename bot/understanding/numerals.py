"""Number words of Spanish, Portuguese and English, and what a row of them is worth."""

from collections.abc import Sequence

from rapidfuzz.distance import OSA

from bot.understanding.sound import sound

_SMALL = [
    "cero zero",
    "un uno una um uma one",
    "dos dois duas two",
    "tres three",
    "cuatro quatro four",
    "cinco five",
    "seis six",
    "siete sete seven",
    "ocho oito eight",
    "nueve nove nine",
    "diez dez ten",
    "once onze eleven",
    "doce doze twelve",
    "trece treze thirteen",
    "catorce catorze quatorze fourteen",
    "quince quinze fifteen",
    "dieciseis dezesseis dezasseis sixteen",
    "diecisiete dezessete dezassete seventeen",
    "dieciocho dezoito eighteen",
    "diecinueve dezenove dezanove nineteen",
    "veinte vinte twenty",
    "veintiun veintiuno veintiuna",
    "veintidos",
    "veintitres",
    "veinticuatro",
    "veinticinco",
    "veintiseis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
_TENS = {
    30: "treinta trenta trinta thirty",
    40: "cuarenta quarenta forty fourty",
    50: "cincuenta cinquenta fifty",
    60: "sesenta sessenta sixty",
    70: "setenta seventy",
    80: "ochenta oitenta eighty",
    90: "noventa ninety",
}
_HUNDREDS = {
    100: "cien ciento cem cento",
    200: "doscientos doscientas duzentos duzentas",
    300: "trescientos trescientas trezentos trezentas",
    400: "cuatrocientos cuatrocientas quatrocentos quatrocentas",
    500: "quinientos quinientas quinhentos quinhentas",
    600: "seiscientos seiscientas seiscentos seiscentas",
    700: "setecientos setecientas setecentos setecentas",
    800: "ochocientos ochocientas oitocentos oitocentas",
    900: "novecientos novecientas novecentos novecentas",
}
SIMPLE: dict[str, int] = {word: value for value, words in enumerate(_SMALL) for word in words.split()}
SIMPLE |= {word: value for values in (_TENS, _HUNDREDS) for value, words in values.items() for word in words.split()}
_UNDER_TEN = {1: "uno", 2: "dos", 3: "tres", 4: "cuatro", 5: "cinco", 6: "seis", 7: "siete", 8: "ocho", 9: "nueve"}
# «treintaycuatro», «treinticuatro»: run together
SIMPLE |= {
    f"{ten}{joint}{unit}": value + one
    for value, words in _TENS.items()
    for ten in {words.split()[0], words.split()[0][:-1]}
    for joint in ("y", "i")
    for one, unit in _UNDER_TEN.items()
}
THOUSAND, MILLION = {"mil", "thousand", "mill"}, {"millon", "millones", "milhao", "milhoes", "million", "millions"}
PARTS = {"medio": 0.5, "media": 0.5, "meio": 0.5, "meia": 0.5, "half": 0.5, "cuarto": 0.25, "quarter": 0.25}
SETS = {"docena": 12, "docenas": 12, "duzia": 12, "duzias": 12, "dozen": 12, "dozens": 12, "decena": 10, "decenas": 10}
SETS |= {"centena": 100, "centenas": 100, "centenar": 100, "par": 2, "pares": 2, "couple": 2}
ARTICLES = {"un", "una", "um", "uma", "uno", "one", "ten"}
"""Articles, pronouns and «ten cuidado» far more often than numbers."""
AND = {"y", "e", "and", "i"}

_BY_SOUND = {sound(word): value for word, value in SIMPLE.items() if sound(word) not in ("sien", "siento")}
_LONG = [word for word in SIMPLE if len(word) >= 7]
_ALL = 1e18
_NOT_NUMBERS = {"cuarentena", "sesentena", "noventera", "cincuentena", "quincena", "seventies", "setentera"}


def simple_value(word: str) -> int | None:
    """The value of one number word under a thousand, also misspelt as it sounds or with one slip in a long one."""
    value = SIMPLE.get(word)
    if value is not None or len(word) < 3 or not word.isalpha():
        return value
    value = _BY_SOUND.get(sound(word))
    if value is not None or len(word) < 6 or word in _NOT_NUMBERS:
        return value
    near = {SIMPLE[known] for known in _LONG if abs(len(known) - len(word)) < 2 and OSA.distance(word, known) == 1}
    return near.pop() if len(near) == 1 else None


def worth(row: Sequence[str | float]) -> float | None:
    """What a row of number words, figures and scales is worth: `[2.5, "millones"]`; None when it is not one number."""
    total, group, last, scale = 0.0, None, _ALL, 1.0
    joined = False
    for index, word in enumerate(row):
        final = index == len(row) - 1
        if isinstance(word, str) and word in AND:
            if index == 0 or final or joined:
                return None
            joined = True
            continue
        if isinstance(word, str) and word in PARTS:
            if index == 0 and not final and PARTS[word] == 0.5:
                group, last = 0.5, 0.0
            elif final and joined:
                return total + (group or 0) + PARTS[word] * scale
            else:
                return None
        elif isinstance(word, str) and (scaled := _scaled(word, total, group, scale)) is not None:
            total, group, last, scale = scaled
        else:
            value = word if isinstance(word, float) else simple_value(word)
            if value is None or not _fits(value, last, group, isinstance(word, float)):
                return None
            group, last = (group or 0) + value, 0 if isinstance(word, float) else _room(int(value))
        joined = False
    return None if group is None and total == 0 else total + (group or 0)


def number_in_words(words: list[str]) -> float | None:
    """`["treinta", "y", "cuatro"]` → 34, `["medio", "millon"]` → 500,000; None when these words are not one number."""
    return worth(words)


def _scaled(
    word: str, total: float, group: float | None, scale: float
) -> tuple[float, float | None, float, float] | None:
    """(total, group, room, scale) after a word that multiplies; None when it is none or cannot stand here."""
    if word in THOUSAND and scale != 1000:
        return total + (1 if group is None else group) * 1000, None, 1000, 1000
    if word in MILLION and scale == 1000:
        return (total + (group or 0)) * 1e6, None, 1e6, 1e6
    if word in MILLION and scale == 1 and group is not None:
        return total + group * 1e6, None, 1e6, 1e6
    if word == "hundred" and group is not None and 0 < group < 10:
        return total, group * 100, 100, scale
    if word in SETS and total == 0:
        return 0, (1 if group is None else group) * SETS[word], 0, SETS[word]
    return None


def _fits(value: float, last: float, group: float | None, figure: bool) -> bool:
    """Whether something worth `value` may follow what leaves room below `last`."""
    if figure:
        return (group is None and value < last) or (last == 10 and 0 < value < 10)  # «treinta y 4»
    return value < last and (value > 0 or last == _ALL)


def _room(value: int) -> int:
    """What may still follow: tens after a hundred, units after a ten."""
    if value >= 100:
        return 100
    return 10 if value >= 20 and value % 10 == 0 else 0
