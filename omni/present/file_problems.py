"""What is wrong with a file that a person wrote, in lines they can act on."""

from __future__ import annotations

from dataclasses import dataclass

_SHOWN = 50


@dataclass(frozen=True)
class Problem:
    """One thing wrong: in which file and line, at which field, and how to mend it."""

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class FileProblems(ValueError):
    """A file refused as a whole; nothing of it was applied. As text: one line per problem, fifty at most."""

    def __init__(self, problems: list[Problem]) -> None:
        lines = [str(problem) for problem in problems[:_SHOWN]]
        if more := len(problems) - len(lines):
            lines.append(f"{problems[0].file}: and {more} more problems")
        super().__init__("\n".join(lines))
        self.problems = problems
