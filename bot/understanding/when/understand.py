"""Reads days and hours out of what people type, in Spanish, Portuguese and English. Pure.

text → pieces (`tokens`) → marked words (`vocabulary`) → phrases (`grammar`, `time_rules`, `date_rules`) → wishes
(`combine`) → readings (`resolve`).
"""

from dataclasses import replace
from datetime import datetime
from unicodedata import normalize
from zoneinfo import ZoneInfo

from bot.understanding.when.combine import wishes_in
from bot.understanding.when.days import Today
from bot.understanding.when.phrases import kept_phrases, phrases_in
from bot.understanding.when.places import country_of, language_in, month_first
from bot.understanding.when.resolve import resolved
from bot.understanding.when.tokens import MAX_LENGTH, tokenize
from bot.understanding.when.value import When, WhenContext, nothing
from bot.understanding.when.vocabulary import LANGUAGES, language_of, mark_words

MOST_WISHES = 4


def understand_when(text: str, now: datetime, zone: str, locale: str = "", context: WhenContext | None = None) -> When:
    """The day, hour, both or range `text` speaks of; kind `none` with a reason when it speaks of none, or of too many.

    `now`: an instant, or the local wall time of `zone` (IANA) when naive. `locale`: es, pt, en or es-AR …; the zone's
    country decides when it is empty. Longer texts than `MAX_LENGTH` characters are none: they are no answer. Raises
    ZoneInfoNotFoundError or ValueError for a zone that is none.
    """
    context = context or WhenContext()
    local = (now.astimezone(ZoneInfo(zone)) if now.tzinfo else now).replace(tzinfo=None)
    if len(text) > MAX_LENGTH:
        return nothing("long")
    try:
        return _understood(normalize("NFC", text), local, zone, locale, context)
    except OverflowError:  # beyond the calendar's last year
        return nothing("far")


def _understood(text: str, now: datetime, zone: str, locale: str, context: WhenContext) -> When:
    language, _, region = locale.replace("_", "-").partition("-")
    country = (context.country or region or country_of(zone)).upper()
    tokens = tokenize(text)
    preferred = language if language in LANGUAGES else language_in(country)
    spoken = language_of(tokens, preferred)
    today = Today(now, country, context.future, month_first(country, spoken))
    words = mark_words(tokens, spoken)
    kept = kept_phrases(words, phrases_in(words), future=context.future)
    if not kept.phrases:
        return nothing(kept.reason)
    wishes = wishes_in(words, kept.phrases, today, context.asked)
    if len(wishes.wishes) > MOST_WISHES or not wishes.wishes:
        return nothing("several")
    when = resolved(wishes, today, context)
    if not when:
        return when
    start, end = words[kept.phrases[0].begin].start, words[kept.phrases[-1].end - 1].end
    return replace(when, span=(start, end), source=text[start:end], chosen=when.chosen or kept.dropped)
