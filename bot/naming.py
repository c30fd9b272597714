"""Which row of a list a sentence names: «botox el viernes», «relleno de labios», «depilacion»."""

from rapidfuzz.distance import OSA

from bot.conversation import Conversation
from bot.language.compiled import Question
from bot.prompts import own_options, row_aliases
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold

SHORTEST, SHORTEST_SLIP = 4, 6
_NOT_THAT = frozenset(("no", "sin", "not", "nao", "sem", "ningun", "ninguna", "ninguno", "excepto", "menos"))
_OF_NO_ROW = frozenset(
    ("para", "cita", "turno", "sesion", "tratamiento", "servicio", "zona", "zonas", "appointment", "horario")
)


def row_named(conversation: Conversation, question: Question, text: str) -> Reading | None:
    """The row most of whose words were said; several that share them are offered. None where none is named."""
    if question.rows is None or question.rows.model.starts is not None:
        return None
    said = [word for word in fold(text).split() if word not in _OF_NO_ROW]
    if _NOT_THAT.intersection(said):
        return None
    fixed, aliases = {option.id for option in question.options}, row_aliases(conversation, question)
    scores: dict[str, int] = {}
    for option in own_options(conversation, question):
        known = {word for words in (option.label, *aliases.get(option.id, ())) for word in fold(words).split()}
        score = sum(any(_is_same(word, one) for one in known) for word in dict.fromkeys(said))
        if score and option.id not in fixed:
            scores[option.id] = score
    best = [option for option, score in scores.items() if score == max(scores.values())]
    if not best:
        return None
    return Understood(best[0], 0.85) if len(best) == 1 else Unclear("near", tuple(best))


def _is_same(said: str, known: str) -> bool:
    if len(said) < SHORTEST or len(known) < SHORTEST:
        return False
    if said in (known, f"{known}s", f"{known}es") or known in (f"{said}s", f"{said}es"):
        return True
    return min(len(said), len(known)) >= SHORTEST_SLIP and OSA.distance(said, known, score_cutoff=1) <= 1
