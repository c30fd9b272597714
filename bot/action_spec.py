"""What an action is made of, as flows see it: a name, arguments, outcomes with their values, and a sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict


class Args(BaseModel):
    """Arguments of an action; unknown ones are errors, those without a value are left out by the flow."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Value(BaseModel):
    """The value of an outcome, as the flow reads it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Value):
    """An outcome that says it all."""


class ErrorValue(Value):
    message: str


class NoArgs(Args):
    """Needs nothing."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """`outcomes` name their value models; `sample` is the (outcome, value) the simulator gives."""

    name: str
    about: str
    args: type[Args]
    outcomes: Mapping[str, type[Value]]
    sample: tuple[str, Mapping[str, Any]]

    @property
    def all_outcomes(self) -> dict[str, type[Value]]:
        return {**self.outcomes, "error": ErrorValue}
