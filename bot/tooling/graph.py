"""A flow as a Mermaid flowchart: waits are rounded, actions hexagons, other flows boxed twice."""

import re
from collections.abc import Collection

from bot.conversation import Passed
from bot.language.compiled import Act, Branch, Call, End, Flow, Handover, Question, Say, Step
from bot.language.edges import Edge, edges

_LONGEST = 40
_RESERVED = frozenset({"end", "graph", "flowchart", "subgraph", "default", "class", "style", "click", "call", "href"})
_LIST = re.compile(r"^(\d+\.|[-*+]) ")


def graph(flow: Flow, passed: Collection[Passed] | None = None) -> str:
    """Mermaid source (https://mermaid.js.org/syntax/flowchart.html).

    With `passed`, what transcripts went through, the steps they came to are green, and the ways they never took are
    dashed and grey. Names in capitals are the chart's own: steps have none.
    """
    came = set(passed or ())
    lines = ["flowchart TD", f"    START((inicio)) --> {_id(flow.start)}"]
    lines += [f'    ENTRY_{name}(("{_text(name)}")) --> {_id(to)}' for name, to in flow.entry.items()]
    count, never = len(lines) - 1, list[int]()
    for step in flow.steps.values():
        lines.append(f"    {_id(step.id)}{_shape(step)}")
        for edge in edges(flow, step):
            if edge.to is None or edge.path == ("defaults", "cancel"):
                continue
            taken = passed is None or (flow.name, step.id, way_of(edge)) in came
            if not taken:
                never.append(count)
            label = f'|"{_text(edge.label)}"|' if edge.label else ""
            lines.append(f"    {_id(step.id)} {'-->' if taken else '-.->'}{label} {_id(edge.to)}")
            count += 1
    if flow.cancel:
        cancelled = passed is None or any((flow.name, step, ("cancel",)) in came for step in flow.steps)
        lines.append(f"    CANCEL((cancelar)) {'-->' if cancelled else '-.->'} {_id(flow.cancel)}")
        never += [] if cancelled else [count]
    tested = [_id(step) for step in flow.steps if (flow.name, step, ()) in came]
    if tested:
        lines += ["    classDef tested fill:#d7f0dd,stroke:#2e7d4f", f"    class {','.join(tested)} tested"]
    if never:
        lines.append(f"    linkStyle {','.join(map(str, never))} stroke:#b0b0b0,color:#808080")
    return "\n".join(lines) + "\n"


def way_of(edge: Edge) -> tuple[str | int, ...]:
    """The way of an edge as the step names it when it takes it: its path inside the step, or inside the defaults."""
    return edge.path[2:] if edge.path[0] == "steps" else edge.path[1:]


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
    """One short line without what Mermaid would read as syntax, HTML or a list."""
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    line = line.replace("{", "‹").replace("}", "›").replace("|", "·").replace("`", "'")
    for sign, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        line = line.replace(sign, entity)
    return _LIST.sub("\\1\u00a0", line)
