"""The one registry of actions, without a database."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot import actions
from bot.action_specs import SPECS, AssignLead, CaptureLead, ErrorValue
from bot.actions import ActionContext, Outcome, action, checked, perform, unbound

CONTEXT = ActionContext(cast(Any, None), 1, 2, 3, datetime(2026, 3, 11, tzinfo=UTC), "a:b")


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "ACTIONS", {})


def test_an_action_is_bound_once_to_its_spec() -> None:
    @action("leads.assign", AssignLead)
    async def assign(context: ActionContext, args: AssignLead) -> Outcome:
        return Outcome("nobody")

    assert "leads.assign" not in unbound()
    with pytest.raises(ValueError, match="bound already"):
        action("leads.assign", AssignLead)
    with pytest.raises(ValueError, match="is not an action"):
        action("leads.nope", AssignLead)
    with pytest.raises(ValueError, match="is not an action"):
        action("leads.capture", AssignLead)


async def test_an_action_gets_its_arguments_typed_and_its_outcome_checked() -> None:
    seen: list[CaptureLead] = []

    @action("leads.capture", CaptureLead)
    async def capture(context: ActionContext, args: CaptureLead) -> Outcome:
        seen.append(args)
        return Outcome("ok", {"lead": "l7"})

    outcome = await perform(CONTEXT, "leads.capture", {"name": "Ana", "answers": {"edad": 34}})
    assert outcome == Outcome("ok", {"lead": "l7"})
    assert seen == [CaptureLead(name="Ana", answers={"edad": 34})]


async def test_wrong_arguments_and_unknown_actions_are_the_outcome_error() -> None:
    @action("leads.capture", CaptureLead)
    async def capture(context: ActionContext, args: CaptureLead) -> Outcome:
        return Outcome("ok", {"lead": "l7"})

    assert (await perform(CONTEXT, "leads.capture", {"nope": 1})).name == "error"
    assert (await perform(CONTEXT, "leads.nope", {})).name == "error"


async def test_an_outcome_of_another_shape_is_a_defect() -> None:
    @action("leads.capture", CaptureLead)
    async def capture(context: ActionContext, args: CaptureLead) -> Outcome:
        return Outcome("surprise")

    with pytest.raises(ValueError, match="has no outcome surprise"):
        await perform(CONTEXT, "leads.capture", {})


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_spec_says_what_it_is_and_has_a_sample_that_fits(spec: Any) -> None:
    assert spec.about.endswith(".")
    assert spec.all_outcomes["error"] is ErrorValue
    outcome, value = spec.sample
    checked(spec, outcome, value)
