"""Text as it is compared: lower case, without accents, punctuation or doubled spaces."""

import re
import unicodedata

_ACCENTS = str.maketrans("áàäâãéèëêíìïîóòöôõúùüûñç", "aaaaaeeeeiiiiooooouuuunc")
_NOT_WORD = re.compile(r"[^\w\s]|_")


def signs(text: str) -> str:
    """The emoji of a text and nothing else, without skin tones: `💉 Botox` → `💉`."""
    return "".join(char for char in text if unicodedata.category(char) == "So")


def fold(text: str) -> str:
    """`¡Bótox, por favor!` → `botox por favor`. Emoji and signs go; a keycap `2️⃣` becomes `2`."""
    folded = text.casefold().translate(_ACCENTS)
    if not folded.isascii():
        # fancy letters (𝗯𝗼𝘁𝗼𝘅) become plain ones only here, and may come out as capitals
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folded).casefold())
        folded = "".join(char for char in decomposed if not unicodedata.combining(char))
    if not folded.isalnum():
        folded = " ".join(_NOT_WORD.sub(" ", folded).split())
    return folded
