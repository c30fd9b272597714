"""The one registry of actions: it binds the names of `bot.action_specs` to the functions that do them.

A function takes `(context, args)` and returns an Outcome. It writes through the connection it is given, never
commits and makes no HTTP call; it may raise core's errors, which the runner of actions rolls back and turns into the
outcome `error`. The same `key` may come twice: what was done must not be done again.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.action_specs import SPECS, ActionSpec, Args


@dataclass(frozen=True, slots=True)
class ActionContext:
    """On whose behalf, where and when an action runs. `key` is the idempotency key of `RunAction`."""

    connection: AsyncConnection | AsyncSession
    organization_id: int
    thread_id: int
    contact_id: int
    now: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended; `value` holds the fields of that outcome's model."""

    name: str
    value: Mapping[str, Any] = field(default_factory=dict)


A = TypeVar("A", bound=Args)
Action = Callable[[ActionContext, Any], Awaitable[Outcome]]

ACTIONS: dict[str, Action] = {}


def action(
    name: str, args: type[A]
) -> Callable[[Callable[[ActionContext, A], Awaitable[Outcome]]], Callable[[ActionContext, A], Awaitable[Outcome]]]:
    """Bind the decorated function to the action `name`, once; `args` must be the model its spec names."""
    spec = SPECS.get(name)
    if spec is None or spec.args is not args:
        raise ValueError(f"{name} with {args.__name__} is not an action of bot.action_specs")
    if name in ACTIONS:
        raise ValueError(f"{name} is bound already")

    def bind(
        function: Callable[[ActionContext, A], Awaitable[Outcome]],
    ) -> Callable[[ActionContext, A], Awaitable[Outcome]]:
        ACTIONS[name] = function
        return function

    return bind


def unbound() -> list[str]:
    """Actions flows may name that no function does; a process that runs actions must have none."""
    return sorted(SPECS.keys() - ACTIONS.keys())


def checked(spec: ActionSpec, outcome: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """An outcome's value as JSON types; raises ValueError when the spec has no such outcome or another shape for it."""
    model = spec.all_outcomes.get(outcome)
    if model is None:
        raise ValueError(f"{spec.name} has no outcome {outcome}")
    return model.model_validate(dict(value)).model_dump(mode="json")


async def perform(context: ActionContext, name: str, arguments: Mapping[str, Any]) -> Outcome:
    """Run an action. Unknown names and wrong arguments are the outcome `error`; what the function raises is raised."""
    function, spec = ACTIONS.get(name), SPECS.get(name)
    if function is None or spec is None:
        return Outcome("error", {"message": f"there is no action {name}"})
    try:
        args = spec.args.model_validate(dict(arguments))
    except ValidationError as invalid:
        return Outcome("error", {"message": f"{name}: {invalid.error_count()} arguments are wrong: {invalid}"})
    outcome = await function(context, args)
    return Outcome(outcome.name, checked(spec, outcome.name, outcome.value))
