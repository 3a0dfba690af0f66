"""The checks by name, and what each may be asked for in a rule's params."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, create_model

from omni.domain.checking.verdict import Verdict
from omni.domain.market_record import Part

Judge = Callable[..., Verdict]
"""A check: the facts of an offer, then the rule's params by keyword."""


@dataclass(frozen=True)
class Check:
    """A named check: what it says (its docstring), and the model its params must fit."""

    name: str
    judge: Judge
    params: type[BaseModel]

    @property
    def says(self) -> str:
        """What an offer that passes fulfils, in one sentence."""
        return (inspect.getdoc(self.judge) or "").splitlines()[0]


CHECKS: dict[str, Check] = {}
"""Every check by the name that rules use."""


def check(name: str) -> Callable[[Judge], Judge]:
    """Register a function as a check; its keyword-only parameters are the params a rule gives it."""

    def register(judge: Judge) -> Judge:
        if name in CHECKS:
            raise ValueError(f"{name} is a check already")
        params = create_model(f"{name} params", __base__=Part, **dict(_params(judge)))
        CHECKS[name] = Check(name, judge, params)
        return judge

    return register


def _params(judge: Judge) -> Iterator[tuple[str, Any]]:
    parameters: Mapping[str, inspect.Parameter] = inspect.signature(judge).parameters
    for name, parameter in parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            yield name, (parameter.annotation, default)
