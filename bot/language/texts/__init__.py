"""What the engine itself says, when a flow has no words of its own for it. A pack's `texts:` replaces any of `TEXTS`.

Keys of asking again are `<kind>.<reason>`, the reasons being those of `bot.understanding`. Holes: `human` (the first
word that calls a person), `a` and `b` (options, ages), `listed` (options, languages), `min`, `max`, `suggestion`,
`thing` (what was sent), `accepts` (files taken), `org`.
"""

from dataclasses import dataclass

from bot.language.texts import en, es, es_usted, es_vos, pt
from bot.language.tongues import TAGS, chain


@dataclass(frozen=True, slots=True)
class Said:
    """One language's words. `things`: what the person sent. `accepts`: the files asked for. `words`: small ones."""

    texts: dict[str, str]
    things: dict[str, str]
    accepts: dict[str, str]
    words: dict[str, str]


_TEXTS = {
    "es": es.TEXTS,
    "es-vos": es_vos.TEXTS,
    "es-usted": es_usted.TEXTS,
    "pt": pt.TEXTS,
    "en": en.TEXTS,
}
_THINGS = {"es": es.THINGS, "es-usted": es_usted.THINGS, "pt": pt.THINGS, "en": en.THINGS}
_ACCEPTS = {"es": es.ACCEPTS, "pt": pt.ACCEPTS, "en": en.ACCEPTS}
_WORDS = {"es": es.WORDS, "pt": pt.WORDS, "en": en.WORDS}


def _joined(parts: dict[str, dict[str, str]], tag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in chain(tag):
        found |= parts.get(one, {})
    return found


ENGINE: dict[str, Said] = {
    tag: Said(_joined(_TEXTS, tag), _joined(_THINGS, tag), _joined(_ACCEPTS, tag), _joined(_WORDS, tag)) for tag in TAGS
}
"""By tag, complete: a register has its language's words where it has none of its own."""
