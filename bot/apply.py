"""One turn on paper: the thread as read, what happened, and the step's effects, made into rows. Pure.

While a person of the staff has the thread the step is told so, and then only records a wish to opt out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.effects import (
    AlertStaff,
    CancelTimers,
    Effect,
    Ended,
    HandOver,
    LanguageSet,
    RunAction,
    Send,
    SetTimer,
    VarSet,
)
from bot.event_json import name_of, to_json
from bot.events import ActionDone, Emoted, Event, FlowStarted, Said, TimerFired
from core.threads.actions import PREVIEW
from core.threads.content import Content, Notice, plain_text
from core.threads.content import to_json as content_json
from core.threads.inbound import MessageReceived
from core.threads.spine import (
    ActionWrite,
    MessageWrite,
    OutboxWrite,
    ReachWrite,
    ThreadRow,
    TouchWrite,
    TurnWrite,
)

Stepped = tuple[dict[str, Any], list[Effect]]
Step = Callable[[ThreadRow, Event], Stepped]
"""Takes a thread as read and the event; returns the new session and the effects."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What a turn is about. `message` is set when the person wrote, with the channel it came by."""

    key: str
    event: Event
    at: datetime
    message: MessageReceived | None = None
    channel_id: int | None = None


@dataclass(slots=True)
class _Draft:
    """The turn being written; private to this module and gone when `take_turn` returns."""

    row: ThreadRow
    now: datetime
    channel_id: int | None
    seq: int
    state: str
    team: str | None
    unread: int
    waiting_since: datetime | None
    problem: str | None
    timers: list[list[str]]
    answering: bool
    """Whether the person had the word just now: answers go out even to somebody who opted out of the rest."""
    language: str | None = None
    handed_over: bool = False
    last: tuple[datetime, str, str] | None = None
    messages: list[MessageWrite] = field(default_factory=list)
    outbox: list[OutboxWrite] = field(default_factory=list)
    actions: list[ActionWrite] = field(default_factory=list)


def take_turn(row: ThreadRow, happening: Happening, step: Step, now: datetime) -> TurnWrite:
    """Everything the turn writes. Never raises: a step that does becomes a handover with the error on the thread."""
    wakes = row.state == "resolved" and isinstance(happening.event, Said | FlowStarted)
    bot_has_it = row.state == "bot" or wakes
    draft = _Draft(
        row=row,
        now=now,
        channel_id=happening.channel_id or row.channel_id,
        seq=row.last_seq,
        state="bot" if bot_has_it else row.state,
        team=row.team,
        unread=row.unread,
        waiting_since=row.waiting_since,
        problem=row.problem,
        timers=_without(row.timers, happening.event),
        answering=isinstance(happening.event, Said | Emoted),
    )
    if happening.message is not None:
        _hear(draft, happening.message, bot_has_it)
    session = row.session
    effects: list[Effect] = []
    asleep = row.state == "resolved" and not wakes  # what was still running when the staff resolved changes nothing
    forgotten = _is_forgotten(row, happening.event)
    try:
        if not asleep and not forgotten:
            session, effects = step(row, happening.event)
    except Exception as broken:  # the step promises not to; if it does, a person must hear of it
        effects = [HandOver(None, error=f"{type(broken).__name__}: {broken}")]
    for effect in effects:
        if bot_has_it or not _speaks_over(happening.event, effect):
            _apply(draft, effect)
    if not bot_has_it and happening.message is not None:
        draft.state = "open"
    write = _turn(draft, happening, session)
    return replace(write, found_state=None) if forgotten else write


def _is_forgotten(row: ThreadRow, event: Event) -> bool:
    """Whether a timer was taken away between being found due and its turn: by a takeover, say."""
    return isinstance(event, TimerFired) and all(token != event.token for token, _ in row.timers)


def _speaks_over(event: Event, effect: Effect) -> bool:
    """Whether a person took the thread while an action ran, and the flow, going on, would now talk over them.

    What the action found is kept in the session; released, the flow goes on from there. An error is told all the same.
    """
    if not isinstance(event, ActionDone):
        return False
    return isinstance(effect, Send | SetTimer) or (isinstance(effect, HandOver) and effect.error is None)


def _without(timers: list[list[str]], event: Event) -> list[list[str]]:
    if not isinstance(event, TimerFired):
        return timers
    return [timer for timer in timers if timer[0] != event.token]


def _hear(draft: _Draft, message: MessageReceived, bot_has_it: bool) -> None:
    """Store what the person said; unread and waiting only matter when it is for the staff."""
    _say(
        draft,
        message.content,
        author="contact",
        direction="in",
        at=message.at,
        provider_id=message.provider_id,
        reply_to=message.reply_to,
    )
    if not bot_has_it:
        draft.unread += 1
        draft.waiting_since = draft.waiting_since or message.at


def _say(draft: _Draft, content: Content, *, author: str, direction: str, at: datetime, **more: str | None) -> None:
    draft.seq += 1
    text = plain_text(content)
    draft.messages.append(
        MessageWrite(
            thread_id=draft.row.id,
            organization_id=draft.row.organization_id,
            seq=draft.seq,
            channel_id=draft.channel_id if direction != "internal" else None,
            direction=direction,
            author=author,
            content=content_json(content),
            text=text,
            at=at,
            **more,
        )
    )
    if direction != "internal":
        draft.last = (draft.now, text[:PREVIEW], author)


def _apply(draft: _Draft, effect: Effect) -> None:
    row = draft.row
    match effect:
        case Send(content=content, essential=essential):
            _send(draft, content, essential)
        case SetTimer(token=token, at=at):
            draft.timers = [*draft.timers, [token, at.isoformat()]]
        case CancelTimers():
            draft.timers = []
        case RunAction(key=key, name=name, args=args):
            draft.actions.append(
                ActionWrite(row.id, row.organization_id, f"{row.id}/{key}", key, name, args, draft.now)
            )
        case HandOver(team=team, summary=summary, error=error):
            _hand_over(draft, team, summary, error)
        case AlertStaff(team=team, reason=reason):
            _notice(draft, "unanswered", team=team, reason=reason)
            draft.unread += 1
        case LanguageSet(language=language):
            draft.language = language
        case VarSet() | Ended():
            pass  # for transcripts and replay; the session holds what production needs


def _send(draft: _Draft, content: Content, essential: bool) -> None:
    if draft.channel_id is None or (draft.row.opted_out and not essential and not draft.answering):
        return
    _say(draft, content, author="bot", direction="out", at=draft.now, status="queued")
    draft.outbox.append(
        OutboxWrite(draft.row.id, draft.row.organization_id, draft.seq, draft.channel_id, draft.row.epoch, draft.now)
    )


def _hand_over(draft: _Draft, team: str | None, summary: tuple[tuple[str, str], ...], error: str | None) -> None:
    draft.state = "open"
    draft.team = team
    draft.problem = error
    draft.handed_over = True
    draft.unread += 1
    draft.waiting_since = draft.waiting_since or draft.now
    _notice(draft, "handed_over", team=team, summary=[list(pair) for pair in summary], error=error)


def _notice(draft: _Draft, code: str, **data: Any) -> None:
    _say(draft, Notice(code, data), author="system", direction="internal", at=draft.now)


def _turn(draft: _Draft, happening: Happening, session: dict[str, Any] | None) -> TurnWrite:
    row, message = draft.row, happening.message
    last_at, last_text, last_author = draft.last or (None, None, None)
    return TurnWrite(
        thread_id=row.id,
        version=row.version,
        organization_id=row.organization_id,
        key=happening.key,
        kind=name_of(happening.event),
        event=to_json(happening.event),
        found_state=row.state,
        at=happening.at,
        state=draft.state,
        owner_id=row.owner_id,
        team=draft.team,
        session=session,
        timers=draft.timers,
        due_at=min((datetime.fromisoformat(at) for _, at in draft.timers), default=None),
        channel_id=happening.channel_id,
        last_seq=draft.seq,
        last_at=last_at,
        last_text=last_text,
        last_author=last_author,
        unread=draft.unread,
        waiting_since=draft.waiting_since,
        problem=draft.problem,
        language=draft.language,
        reopened=row.state == "resolved" and draft.state != "resolved",
        handed_over=draft.handed_over,
        messages=tuple(draft.messages),
        outbox=tuple(draft.outbox),
        actions=tuple(draft.actions),
        reach=_reach(row, message, happening.channel_id),
        touch=_touch(row, message),
    )


def _reach(row: ThreadRow, message: MessageReceived | None, channel_id: int | None) -> ReachWrite | None:
    if message is None or channel_id is None:
        return None
    return ReachWrite(row.id, row.organization_id, channel_id, message.sender.address, message.at)


def _touch(row: ThreadRow, message: MessageReceived | None) -> TouchWrite | None:
    if message is None or message.touch is None:
        return None
    touch = message.touch
    return TouchWrite(
        row.id,
        row.organization_id,
        row.contact_id,
        touch.kind,
        touch.source_id,
        touch.click_id,
        touch.headline,
        touch.payload,
        message.at,
    )
