"""Which of the options offered were meant, where several may be: `1 y 3`, `botox y labios`, `todas menos la 2`."""

import re
from itertools import takewhile

from bot.understanding.choice import LONGEST, Choices, exact_choice, understand_choice
from bot.understanding.numerals import number_in_words
from bot.understanding.sound import sound
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold, signs

_ALL = re.compile(
    r"(?:quiero|me interesan?|pues|si|las|los|the|de)?\s*(?:tod[oa]s?|all|ambas|ambos|both|cualquiera de ellas)"
    r"(?: (?:las?|los|elas|eles|of them|esas|esos|ellas|ellos|las anteriores|las opciones|por favor|porfa|gracias))*\Z"
)
_BUT = re.compile(r"(?:quiero )?(?:tod[oa]s?|all)(?: las| los)? (?:menos|excepto|salvo|except|but|exceto) (.+)\Z")
_NONE = re.compile(
    r"(?:ningun[oa]?|nada|none|nenhum|nenhuma|no|not any|neither)(?: de (?:esas|esos|ellas|ellos|estas|estos"
    r"|las anteriores"
    r"|las dos|los dos)| of them| gracias| por ahora| me interesa)*\Z"
)
_SPAN = re.compile(r"(?:de |del |desde |from )?(?:la |el )?(\d{1,2}) (?:al?|hasta|to|ate)(?: la| el)? (\d{1,2})\Z")
_SO_MANY = re.compile(r"(?:las|los|os|as|all) ([a-z]+|\d)\Z")
_FEW = re.compile(
    r"(?:las|los|os|as|the) (?:(?P<many>\w+) )?(?P<end>primer[oa]s|primeir[oa]s|first|ultim[oa]s|last)"
    r"(?(many)| (?P<then>\w+))\Z"
)
_DASHED = re.compile(r"\s*\d{1,2}\s*[-–]\s*\d{1,2}\s*\Z")
_BOTH = re.compile(r"\b(?:ambas|ambos|both)\b")
_FILLER_WORDS = """y e and i con mas tambien ademas
el la los las lo un una de del por para en quiero quisiera queria das dame necesito pedir encargar me interesa interesan
    gustaria gustarian gustan hola si ok porfa favor gracias please bueno pues seria serian es son opcion opciones
    numero numeros
    the quero gostaria os as a luego despues tanto como ambas ambos dos tres elijo prefiero solo solamente only both"""
_FILLER = frozenset(_FILLER_WORDS.split())
_FILLER_SOUNDS = frozenset(sound(word) for word in _FILLER if len(word) > 4)
"""`kiero` is as empty as «quiero»."""
_AGAINST = frozenset(
    ("no", "sin", "menos", "excepto", "salvo", "tampoco", "ni", "nem", "nao", "not", "without", "except")
)
_OR = frozenset(("o", "u", "or", "ou"))
_JOINTS = _FILLER | _AGAINST | _OR
_LONGEST_PHRASE = 6
_PLURAL = re.compile(r"(?<=[aeiou])s\Z|(?<=[^aeious])es\Z")
_STRAY = "…"
_POINTS_AT = frozenset(("la", "el", "lo", "opcion", "opciones", "numero", "numeros", "a", "the"))
_UNITS = frozenset(
    """docena docenas media medias medio medios kilo kilos gramos litro litros par pares pieza piezas caja cajas
    paquete paquetes bolsa bolsas porcion porciones unidad unidades duzia dozen""".split()
)


def understand_choices(text: str, choices: Choices) -> Reading:
    """The ids meant, in the order shown; none of them is the empty list.

    Unclear: `near` (ids that may have been meant: an «o», a «no», a question), `some` (these were read, the rest of
    the words were not), `nothing`.
    """
    folded = fold(text[:LONGEST])
    count = len(choices.ids)
    if option := exact_choice(folded, choices) or (not folded and choices.by_sign.get(signs(text))):
        return Understood([option])
    if _ALL.match(folded) and (count == 2 or not _BOTH.search(folded)):
        return Understood(list(choices.ids))
    if _NONE.match(folded):
        return Understood([])
    if (span := _SPAN.match(folded)) and 1 <= int(span[1]) < int(span[2]) <= count:
        return Understood(list(choices.ids[int(span[1]) - 1 : int(span[2])]))
    if but := _BUT.match(folded):
        left_out = _read(but[1].split(), choices)
        if left_out[0] and not left_out[1] and _FILLER.issuperset(left_out[2]):
            return Understood([option for option in choices.ids if option not in left_out[0]])
        return Unclear("nothing")
    if so_many := _SO_MANY.match(folded):
        return Understood(list(choices.ids)) if number_in_words([so_many[1]]) == count else Unclear("nothing")
    if few := _FEW.match(folded):
        said = few["many"] or few["then"]
        many = int(said) if said.isdecimal() else int(number_in_words([said]) or 0)
        if not 1 <= many <= count:
            return Unclear("nothing")
        return Understood(list(choices.ids[:many] if few["end"].startswith(("pri", "fi")) else choices.ids[-many:]))
    words = folded.split()
    found, near, rest = _read(words, choices)
    ordered = tuple(option for option in choices.ids if option in found)
    maybe = tuple(option for option in choices.ids if option in found or option in near)
    if not maybe:
        return _run_together(folded, choices)
    if refused := _refused(words, choices):
        return Unclear("near", tuple(option for option in maybe if option not in refused) or maybe)
    if "?" in text or _DASHED.match(text) or any(word in _AGAINST or word in _OR for word in rest):
        return Unclear("near", maybe)
    if near or any(word not in _FILLER and sound(word) not in _FILLER_SOUNDS for word in rest):
        return Unclear("some" if ordered else "near", maybe)
    return Understood(list(ordered))


def _refused(words: list[str], choices: Choices) -> set[str]:
    """Options named after a «no» that others were named before: «labios y ojeras pero no frente»."""
    at = next((place for place, word in enumerate(words) if word in _AGAINST), 0)
    found, near, _ = _read(words[at:], choices)
    return found | near if at else set()


def _read(words: list[str], choices: Choices) -> tuple[set[str], set[str], list[str]]:
    """(options named, options nearly named, words left over), longest phrases first."""
    found: set[str] = set()
    near: set[str] = set()
    rest: list[str] = []
    unknown: list[str] = []
    named: set[str] = set()
    """Words by which options were named."""
    singular = _singulars(choices)

    def settle() -> None:
        if not unknown:
            return
        reading = understand_choice(" ".join(unknown), choices)
        if isinstance(reading, Understood):
            found.add(reading.value)
        elif alternatives := _near_options(unknown, choices):
            near.update(alternatives)
        else:
            rest.extend(unknown)
        unknown.clear()

    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            phrase = words[at : at + length]
            edges = length > 1 and (phrase[0] in _JOINTS or phrase[-1] in _JOINTS)
            edges = edges or (length == 1 and _counted(words, at, choices) > 0)
            said = " ".join(phrase)
            option = choices.exact.get(said) if length > 1 else None
            if option is None and not edges:
                option = exact_choice(said, choices) or singular.get(_singular(phrase))
            if option is not None:
                settle()
                if length == 1 and at and _is_number(phrase[0]) and words[at - 1] in named:
                    rest.append(_STRAY)  # «bolillos 2»: so many, or the second as well?
                    at += 1
                    break
                named.update(() if _is_number(phrase[0]) else phrase)
                found.add(option)
                at += length
                break
        else:
            if counted := _counted(words, at, choices):
                settle()
                at += counted
                continue
            if words[at] in _JOINTS:
                settle()
                rest.append(words[at])
            else:
                unknown.append(words[at])
            at += 1
    settle()
    return found, near, rest


def _counted(words: list[str], at: int, choices: Choices) -> int:
    """How many words here only say how many of what follows: in `2 conchas` and `una docena de conchas` the number is
    no option's own; in `la 2` and `1 y 3` it is."""
    if not _is_number(words[at]) or (at and words[at - 1] in _POINTS_AT):
        return 0
    end = at + 1
    while end < len(words) and words[end] in _UNITS:
        end += 1
    if end < len(words) and words[end] == "de":
        end += 1
    following = words[end:]
    singular = _singulars(choices)
    if any(_singular(following[:length]) in singular for length in range(1, _LONGEST_PHRASE + 1)):
        return end - at
    noun = list(takewhile(lambda word: word not in _JOINTS and not _is_number(word), following))
    return end - at if noun and _near_options(noun, choices) else 0


def _near_options(words: list[str], choices: Choices) -> tuple[str, ...]:
    """The options that words which are none exactly may mean, in the plural as well: `pasteles`."""
    for said in (" ".join(words), _singular(words)):
        reading = understand_choice(said, choices)
        if isinstance(reading, Understood):
            return (reading.value,)
        if reading.alternatives:
            return reading.alternatives
    return ()


def _singular(words: list[str]) -> str:
    return " ".join(_PLURAL.sub("", word) for word in words)


def _singulars(choices: Choices) -> dict[str, str]:
    """The options' words without their plural endings, where they mean one option: `pasteles de chocolate`."""
    found: dict[str, set[str]] = {}
    for words, option in choices.exact.items():
        found.setdefault(_singular(words.split()), set()).add(option)
    return {words: next(iter(options)) for words, options in found.items() if len(options) == 1}


def _is_number(word: str) -> bool:
    return word.isdecimal() or word in _UNITS or number_in_words([word]) is not None


def _run_together(folded: str, choices: Choices) -> Reading:
    """`13` where there is no thirteenth is asked about: 1 and 3?"""
    places = [int(digit) for digit in folded] if folded.isascii() and folded.isdigit() and len(folded) <= 9 else []
    if len(set(places)) > 1 and all(1 <= place <= len(choices.ids) for place in places):
        return Unclear("near", tuple(choices.ids[place - 1] for place in sorted(set(places))))
    return Unclear("nothing")
