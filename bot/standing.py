"""Where a conversation stands before a turn, given who has the thread. Production and replay ask here."""

from bot.events import Event, Said
from bot.state import State
from bot.step import taken_over
from core.threads.actions import HUMAN_STATES


def standing(state: State | None, thread_state: str, event: Event) -> State | None:
    """Where the conversation stands in a thread of this state: silent while people have it, anew once resolved."""
    if thread_state in HUMAN_STATES:
        return taken_over(state)
    if thread_state == "resolved" and state is not None and isinstance(event, Said):
        # A new episode begins at the beginning, but an old button must never mean a new option.
        return State(memory=state.memory, seq=state.seq, committed=state.committed, heard=state.heard)
    return state
