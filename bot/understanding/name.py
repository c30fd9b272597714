"""A person's name out of what people write when asked for it."""

import re

from bot.understanding.agreement import LAUGHTER
from bot.understanding.not_names import NEVER, ONLY_SMALL
from bot.understanding.numerals import AND, SIMPLE
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold

LONGEST = 300
_SAYS = re.compile(
    r"(?<!\w)(?:aqui\s+(?:é|fala)|it\s*['’]?\s*s|pon(?:le|ga|game|gale)?|(?:yo\s+)?(?:me\s+llam[oa]n?|yamo"
    r"|me\s+yamo)|(?:yo\s+)?so[yi]|mi\s+nombre(?:\s+completo)?(?:\s+es"
    r"|\s*:)|mi\s+nombre|nombre(?:\s+completo)?\s*:"
    r"|me\s+dicen|me\s+conocen\s+como|pued[eé][ns]?\s+(?:llamarme|decirme)|ll[aá]m[ae]me|d[ií](?:me|game|ganme)|an[oó]t[aá](?:me|lo|la)?"
    r"|hablas?\s+con|(?:te\s+|le\s+)?habla|(?:te|le)\s+(?:saluda|escribe)|con|aqu[ií]|ac[aá]|de\s+parte\s+de"
    r"|a\s+nombre\s+de|es"
    r"|i\s*['’]?\s*a?m|my\s+name\s*(?:is|['’]s)|this\s+is|call\s+me|me\s+chamo|meu\s+nome\s+(?:é|e)|(?:eu\s+)?sou"
    r"|aqui\s+fala)"
    r"(?:\s+(?:el|la|o|a)\b)?[\s,:]+",
    re.IGNORECASE,
)
_SURE = re.compile(r"llam|nombre|so[yi]|dicen|name|chamo|nome|sou|habla|saluda|parte|call", re.IGNORECASE)
_GREETING = re.compile(
    r"^(?:\W*(?:hola|holi|holaa+|ola|oi|ol[aá]|hi|hey|hello|buen(?:[oa]s?)?(?:\s+(?:d[ií]as?|tardes?|noches?))?"
    r"|bom\s+dia|boa\s+(?:tarde|noite)"
    r"|good\s+(?:morning|afternoon|evening)|s[ií]+|claro(?:\s+que\s+s[ií])?|bueno|ok(?:ay|ey)?|dale|pues"
    r"|mucho\s+gusto|qu[eé]\s+tal|sim|yes|sure|gracias"
    r"|por\s+supuesto|con\s+gusto|perd[oó]n|disculpa|ah|ay|eh|jaja\w*|jeje\w*)(?!\w))+[\s,.!¡:;)-]*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:[\s,.!]+(?:nom[aá]s|nada\s+m[aá]s|y\s+(?:t[uú]|vos|usted)|gracias|muchas\s+gracias|mucho\s+gusto|un\s+gusto|por\s+favor|porfa"
    r"|para\s+servir(?:le|te)"
    r"|a\s+(?:la|sus)\s+orden(?:es)?|encantad[oa]|obrigad[oa]|thanks|please|prazer|saludos|un\s+saludo|me\s+llamo"
    r"|es\s+mi\s+nombre|por\s+ac[aá]|por\s+aqu[ií]|presente|(?:te|le)\s+(?:escribe|habla|saluda))(?!\w).*)$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;!\n(\[|]|(?<!\b\w)(?<!\bma)(?<!\bdra)(?<!\bdr)(?<!\blic)(?<!\bing)(?<!\bsra)(?<!\bsr)\.|\s[-–—]\s"
    r"|\s+y\s+(?=quer|qui|necesit|me\s|tengo|soy|busco|vi\s)|\s+de\s+parte|\s+(?:quiero|quisiera|quer[ií]a|pero"
    r"|porque|para|desde|necesito|tengo|busco|dni|tel|cel|celular|tel[eé]fono|edad|correo|mail)\b"
    r"|\s+(?=\d)|\s+de\s+la\s+cl[ií]nica",
    re.IGNORECASE,
)
_AND_YOU = re.compile(
    r"[\s,.¿]+(?:y|e|and)\s+(?:t[uú]|vos|usted|ustedes|voc[eê]|you|el\s+tuyo|c[oó]mo\s+te\s+llamas)\W*$", re.IGNORECASE
)
_TITLES = re.compile(
    r"^(?:(?:la|el)\s+)?(?:(?:dra?|lic|ing|arq|prof|sra?|srta|mtra?|cp)\.?|doctora?|licenciad[oa]|ingenier[oa]"
    r"|se[nñ]or(?:a|ita)?|do[nñ]a?|profe(?:sora?)?)"
    r"\s+(?=\w)",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"[^\w\s'’.-]|[\d_]")
_PARTICLES = {"de", "del", "la", "las", "los", "y", "da", "das", "dos", "do", "e", "van", "von", "di"}
_ARTICLES = {"la", "el"}
_MOST_WORDS, _MOST_LETTERS = 6, 25


def _capital(part: str) -> str:
    return part[:1].upper() + part[1:].lower()


def _written(word: str, first: bool) -> str:
    if not first and word.casefold() in _PARTICLES:
        return word.casefold()
    if word.islower() or (word.isupper() and len(word) > 1):
        hyphened = "-".join(_capital(part) for part in word.split("-"))
        # D'Angelo and O'Connor, but not Nico's
        return re.sub(r"^([DO])(['’])(\w)", lambda m: m[1] + m[2] + m[3].upper(), hyphened)
    return word


def _candidate(text: str) -> tuple[str, bool]:
    """The part of the text that may be a name, and whether it was introduced as one."""
    rest = _GREETING.sub("", text.strip(), count=1)
    introduced = False
    said = list(_SAYS.finditer(rest))
    sure = [match for match in said if _SURE.search(match[0])]
    if sure:
        rest, introduced = rest[sure[-1].end() :], True
    elif said and said[0].start() == 0:
        rest = rest[said[0].end() :]
    rest = _TAIL.sub("", _TITLES.sub("", rest, count=1))
    return _CLAUSE.split(rest.strip(" ,.;:!¡*_\"'“”«»-"), maxsplit=1)[0], introduced


def understand_name(text: str, *, minimum: int = 2, maximum: int = 60) -> Reading:
    """`soy caro pérez, gracias` → `Caro Pérez`. Unclear: `nothing` (a greeting, a question, digits), `length`."""
    text = _AND_YOU.sub("", text[:LONGEST])
    if "?" in text or "¿" in text or "@" in text or "://" in text:
        return Unclear("nothing")
    rest, introduced = _candidate(text)
    if any(char.isdigit() for char in rest):
        return Unclear("nothing")
    words = [word.strip(".-") if len(word) > 3 else word.strip("-") for word in _SIGNS.sub(" ", rest).split()]
    words = [word for word in words if word.strip(".'’") and not LAUGHTER.match(fold(word))]
    if len(words) > 1 and words[0].casefold() in _ARTICLES:
        words = words[1:]  # «soy la Lucía», as many say
    proper = [word for word in words if word.casefold() not in _PARTICLES]
    if not proper or len(proper) > _MOST_WORDS or not _is_name(words, introduced):
        return Unclear("nothing")
    name = " ".join(_written(word, first=index == 0) for index, word in enumerate(words))
    if not minimum <= len(name) <= maximum:
        return Unclear("length")
    return Understood(name, 1.0 if len(proper) <= 4 else 0.7)


def _is_name(words: list[str], introduced: bool) -> bool:
    folded = [fold(word) for word in words]
    said = [one for one, word in zip(folded, words, strict=True) if word.casefold() not in _PARTICLES]
    if any(word in NEVER or len(word) > _MOST_LETTERS or not word for word in said):
        return False
    if len(folded) > 1 and all(word in SIMPLE or word in AND for word in folded):
        return False  # «I am thirty four»
    first, last = words[0], words[-1]
    if first.casefold() in ("un", "una", "uno"):
        return False  # «es un secreto»
    if last.casefold() in _PARTICLES or (first.casefold() in _PARTICLES and first.islower()):
        return False  # «soy de Córdoba»
    small = all(word in ONLY_SMALL for word in folded) and first.islower()
    return not small or (introduced and folded[0] not in _PARTICLES)
