"""What lies on top of what: a flow with all it called is one run, and a run may interrupt the one below.

Notices begin runs by themselves, however many there are of them; so that they never pile up, of each kind one waits
below the newest at most, and where there is no more room the oldest run ends.
"""

from dataclasses import replace

from bot.conversation import Conversation
from bot.effects import Ended
from bot.state import Answered, Frame

UNANSWERED = "sin_respuesta"
"""The outcome of a run that a newer one ended, where its flow has it."""
ROOM = 5
"""Frames that may lie below a notice: it, what it calls and a question in between still find room."""


def make_way(conversation: Conversation, flow: str) -> None:
    """Before a notice starts `flow`: older ones of its kind end, all but the newest; then the oldest of any kind."""
    same = [start for start in _runs(conversation.stack) if conversation.stack[start].flow == flow]
    for start in reversed(same[:-1]):
        _drop(conversation, start)
    while len(conversation.stack) > ROOM and len(_runs(conversation.stack)) > 1:
        _drop(conversation, 0)


def _runs(stack: list[Frame]) -> list[int]:
    """Where each run begins: at the bottom, and wherever a question that is open was interrupted."""
    return [depth for depth in range(len(stack)) if depth == 0 or stack[depth - 1].wait is not None]


def _drop(conversation: Conversation, start: int) -> None:
    """End the run that begins at depth `start`, with the answers given in it."""
    later = [one for one in _runs(conversation.stack) if one > start]
    stop = later[0] if later else len(conversation.stack)
    frame = conversation.stack[start]
    flow = conversation.library.revision(frame.revision)
    known = flow is not None and UNANSWERED in flow.outcomes
    conversation.effects.append(Ended(frame.flow, UNANSWERED if known else "cancelled"))
    del conversation.stack[start:stop]
    conversation.trail = [
        _lowered(answer, stop - start) if answer.depth >= stop else answer
        for answer in conversation.trail
        if not start <= answer.depth < stop
    ]


def _lowered(answer: Answered, by: int) -> Answered:
    undo = {}
    for key, value in answer.undo.items():
        depth, dot, name = key.partition(".")
        undo[f"{int(depth) - by}.{name}" if dot else key] = value
    return replace(answer, depth=answer.depth - by, undo=undo)
