"""Actions: names, arguments and outcomes against `bot.action_specs`."""

from bot.action_specs import SPECS, ActionSpec
from bot.language.compiled import Act, Flow
from bot.language.nearest import did_you_mean
from bot.language.problem import Problem


def action_problems(flow: Flow) -> list[Problem]:
    problems: list[Problem] = []
    for step in flow.steps.values():
        if not isinstance(step, Act):
            continue
        spec = SPECS.get(step.action)
        if spec is None:
            fix = did_you_mean(step.action, SPECS, f"Use one of {', '.join(SPECS)}")
            message = f"there is no action {step.action!r}"
            problems.append(flow.source.problem(("steps", step.id, "action"), "unknown-action", message, fix))
        else:
            problems += _arguments(flow, step, spec)
            problems += _outcomes(flow, step, spec)
    return problems


def _arguments(flow: Flow, step: Act, spec: ActionSpec) -> list[Problem]:
    fields = spec.args.model_fields
    problems: list[Problem] = []
    given = {name for name, _ in step.arguments}
    for name in sorted(given - fields.keys()):
        fix = did_you_mean(name, fields, f"It takes {', '.join(fields) or 'nothing'}")
        message = f"{spec.name} takes no {name!r}"
        path = ("steps", step.id, "with", name)
        problems.append(flow.source.problem(path, "unknown-argument", message, fix))
    for name, field in fields.items():
        if field.is_required() and name not in given:
            message = f"{spec.name} needs {name!r}"
            problems.append(flow.source.problem(("steps", step.id), "missing-argument", message, "Add it under with:"))
    return problems


def _outcomes(flow: Flow, step: Act, spec: ActionSpec) -> list[Problem]:
    problems: list[Problem] = []
    known = spec.all_outcomes
    for outcome in step.outcomes:
        if outcome not in known:
            message = f"{spec.name} never ends with {outcome!r}"
            path = ("steps", step.id, "outcomes", outcome)
            fix = did_you_mean(outcome, known, f"It ends with {', '.join(known)}")
            problems.append(flow.source.problem(path, "unknown-outcome", message, fix))
    for outcome in known:
        if outcome not in step.outcomes:
            code = "no-error-outcome" if outcome == "error" else "missing-outcome"
            message = f"{step.id!r} does not say what happens when {spec.name} ends with {outcome!r}"
            at = ("steps", step.id, "outcomes")
            problems.append(flow.source.problem(at, code, message, f"Add {outcome}: step"))
    return problems
