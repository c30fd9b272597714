"""What an edited flow means for the message templates that the provider has approved as the pack has them."""

from collections.abc import Iterator

from bot.carriers import body_of, carriers, labels_of, provider_language
from bot.language.compiled import Flow
from bot.language.problem import Problem

SPOKEN = ("es", "pt", "en")


def template_problems(flow: Flow, packs_own: Flow) -> Iterator[Problem]:
    """`template-holes`: the approved template would be sent with the wrong number of values, which the provider
    refuses; `template-text`: until the new words are approved the old ones leave."""
    approved = {(name, code): shape for name, code, shape, _ in _shapes(packs_own)}
    for name, code, (body, labels, holes), problem in _shapes(flow):
        known = approved.get((name, code))
        if known is not None and (known[2], len(known[1])) != (holes, len(labels)):
            message = f"{name!r} was approved with {known[2]} values and {len(known[1])} buttons"
            yield _at(problem, "template-holes", message, "Keep them, or give the template another name")
        elif known is None or known[:2] != (body, labels):
            yield _at(problem, "template-text", f"{name!r} is to be approved with these words", "Ask for its approval")


Shape = tuple[str, list[str], int]


def _shapes(flow: Flow) -> Iterator[tuple[str, str, Shape, Problem]]:
    """(name, language, (body, buttons, values), where) of every template in every language."""
    for spoken in {id(one): one for one in (flow.variants.get(tag, flow) for tag in SPOKEN)}.values():
        for step, carrier, path in carriers(spoken):
            labels = [str(label) for label in labels_of(step)]
            shape = (body_of(carrier.text), labels, len(carrier.text.holes))
            yield carrier.name, provider_language(carrier.text), shape, spoken.source.problem(path, "", "", "")


def _at(place: Problem, code: str, message: str, fix: str) -> Problem:
    return Problem(place.file, place.line, place.column, code, message, fix)
