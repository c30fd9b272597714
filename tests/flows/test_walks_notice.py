"""Every invariant can fail: the engine is broken on purpose, one way for each, and the walks notice."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import bot.advance
import bot.handed
import bot.state
import bot.step
import bot.trail
import bot.waits
import bot.words
from bot.conversation import Conversation
from bot.events import ActionDone
from channels import whatsapp
from tests.bot.flow_factory import pack
from tests.flows import invariants
from tests.flows.test_random_walks import COOPERATIVE_ANSWERS
from tests.flows.walking import CHANNELS, MOVES, PACKS, Check, Walk, loaded, worlds

Break = Callable[[pytest.MonkeyPatch], None]


def nothing(*_: Any, **__: Any) -> None:
    """What a part of the engine does that was taken out."""


def forget_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.waits, "show_again", nothing)
    monkeypatch.setattr(bot.waits, "ask_again", nothing)


def never_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.advance, "open_question", nothing)


def take_any_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Same(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            return True

        def __ne__(self, other: object) -> bool:
            return False

    monkeypatch.setattr(bot.step, "timer_token", lambda *_: Same())


def talk_over_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.step, "hear_handed", lambda conversation, _: conversation.say_own("help"))


def break_at_the_handover(monkeypatch: pytest.MonkeyPatch) -> None:
    def summary_of(*_: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(bot.advance, "summary_of", summary_of)


def store_half_of_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(bot.state._WAIT, "tries")


def promise_more_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whatsapp, "LIMITS", replace(whatsapp.LIMITS, buttons=9))


def roll_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count()
    monkeypatch.setattr(Conversation, "own_text", lambda *_, **__: f"{next(numbers)}")


def lose_the_question_after_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.words, "show_again", lambda conversation: conversation.clear())


def leave_what_was_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.trail, "_take_back", nothing)


def set_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conversation, "_set_timer", nothing)


def do_nothing_when_released(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.handed, "advance", nothing)


def keep_what_was_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    change = Conversation.set_wait

    def set_wait(conversation: Conversation, **changes: Any) -> None:
        if changes.get("offer") == ():
            del changes["offer"]
        change(conversation, **changes)

    monkeypatch.setattr(Conversation, "set_wait", set_wait)


SHIPPED = next(iter(PACKS))


def keep_what_was_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    done = bot.step._action_done

    def action_done(conversation: Conversation, event: ActionDone) -> bool:
        trail = list(conversation.trail)
        changed = done(conversation, event)
        conversation.trail = trail
        return changed

    monkeypatch.setattr(bot.step, "_action_done", action_done)


BROKEN: dict[Check, Break] = {
    invariants.every_inbound_is_answered: forget_the_question,
    invariants.a_live_state_waits: do_nothing_when_released,
    invariants.a_wait_that_ends_by_itself_has_one_timer: set_no_timer,
    invariants.duplicates_change_nothing: take_any_timer,
    invariants.nothing_breaks: break_at_the_handover,
    invariants.the_budget_is_never_hit: never_wait,
    invariants.going_back_restores_what_was_known: leave_what_was_answered,
    invariants.going_back_never_crosses_a_commit: keep_what_was_committed,
    invariants.the_state_is_stored_whole: store_half_of_the_wait,
    invariants.the_bot_is_silent_while_a_person_has_the_thread: talk_over_people,
    invariants.the_same_step_twice_is_the_same: roll_dice,
    invariants.what_is_sent_fits_every_channel: promise_more_buttons,
    invariants.a_question_in_its_own_words_has_its_own_options: keep_what_was_offered,
    invariants.two_messages_in_either_order_are_both_heard: lose_the_question_after_help,
}


def walks(check: Check) -> None:
    """A hundred walks in every flow of the first pack; the first that the check does not like raises."""
    library, facts = loaded(SHIPPED)
    for seed in range(100):
        for flow in library.flows:
            walk = Walk(library, worlds(facts)[seed % 4], CHANNELS[seed % 3], [check])
            walk.random = dice = random.Random(seed)
            walk.begin(flow)
            for number in range(20):
                walk.move(dice.choice(MOVES), seed * 100 + number)


def test_every_invariant_is_broken_once() -> None:
    assert set(BROKEN) == set(invariants.INVARIANTS)


@pytest.mark.parametrize("check", BROKEN, ids=lambda check: check.__name__)
def test_the_walks_notice(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN[check](monkeypatch)
    with pytest.raises(AssertionError):
        walks(check)


def test_who_cooperates_in_a_flow_without_an_end_never_reaches_it() -> None:
    around = """
flow: inicio
start: a
vars: {edad: {type: number}}
defaults: {tries: 3, give_up: fin}
steps:
  a: {ask: "¿Edad?", as: {type: number}, into: edad, next: a}
  fin: {end: fin}
"""
    walk = Walk(pack(around), worlds(loaded(SHIPPED)[1])[0])
    walk.begin("inicio")
    for _ in range(COOPERATIVE_ANSWERS):
        walk.cooperate()
    assert walk.state is not None and walk.state.stack
