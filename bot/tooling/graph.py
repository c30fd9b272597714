"""A flow as a Mermaid flowchart: waits are rounded, actions hexagons, other flows boxed twice."""

from collections.abc import Collection

from bot.language.compiled import Act, Branch, Call, End, Flow, Handover, Question, Say, Step
from bot.language.edges import edges

_LONGEST = 40
_RESERVED = frozenset({"end", "graph", "subgraph", "default", "class", "style", "click", "start", "cancel"})


def graph(flow: Flow, covered: Collection[str] = ()) -> str:
    """Mermaid source (https://mermaid.js.org/syntax/flowchart.html). Steps in `covered` are drawn as tested."""
    lines = ["flowchart TD", f"    start((inicio)) --> {_id(flow.start)}"]
    lines += [f"    entry_{name}(({_text(name)})) --> {_id(to)}" for name, to in flow.entry.items()]
    for step in flow.steps.values():
        lines.append(f"    {_id(step.id)}{_shape(step)}")
        for edge in edges(flow, step):
            if edge.to is None or edge.path == ("defaults", "cancel"):
                continue
            label = f'|"{_text(edge.label)}"|' if edge.label else ""
            arrow = "-->" if edge.answered else "-.->"
            lines.append(f"    {_id(step.id)} {arrow}{label} {_id(edge.to)}")
    if flow.cancel:
        lines.append(f"    cancel((cancelar)) -.-> {_id(flow.cancel)}")
    tested = [_id(step) for step in flow.steps if step in covered]
    if tested:
        lines += ["    classDef tested fill:#d7f0dd,stroke:#2e7d4f", f"    class {','.join(tested)} tested"]
    return "\n".join(lines) + "\n"


def _id(step: str) -> str:
    """A node's name; some words are Mermaid's own."""
    return f"{step}_" if step in _RESERVED else step


def _shape(step: Step) -> str:
    match step:
        case Question():
            return f'("{_text(step.text.source)}")'
        case Act():
            return f'{{{{"{_text(step.action)}"}}}}'
        case Branch():
            return f'{{"{_text(step.id)}"}}'
        case Call():
            return f'[["{_text(step.flow)}"]]'
        case Handover():
            return f'(["persona: {_text(step.team)}"])'
        case End():
            return f'(("{_text(step.outcome)}"))'
        case Say():
            return f'["{_text(step.texts[0].source)}"]'
        case _:
            return f'["{_text(step.id)}"]'


def _text(text: str) -> str:
    """One short line without what Mermaid would read as syntax."""
    line = " ".join(text.split()).replace('"', "'").replace("{", "‹").replace("}", "›").replace("|", "·")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
