"""One thing wrong with a flow, said so that its author can mend it."""

from dataclasses import dataclass

from core.errors import HiloError


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` and `column` count from 1; 0 when the flow came from stored JSON. `fix` says what to do."""

    file: str
    line: int
    column: int
    code: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} [{self.code}]. {self.fix}"


class FlowsBroken(HiloError):
    """Flows that do not compile; `problems` lists every one of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
