"""The forms of a page, as a browser without script has them before anybody types."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form of a page, with what it would send untouched."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(told.get("action", "")))
        if not self.forms:
            return
        form, name = self.forms[-1], told.get("name", "")
        if tag in ("input", "select", "button") and name:
            form.names.add(name)
        if tag == "input" and name and (told.get("type") != "checkbox" or "checked" in told):
            form.fields[name] = told.get("value", "")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and ("selected" in told or self._select not in form.fields):
            form.fields[self._select] = told["value"]


def forms(page: str) -> list[Form]:
    """Every form of a page."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


def form_to(page: str, action: str) -> Form:
    """The form whose address, a choice of language apart, ends so."""
    found = [form for form in forms(page) if form.action.partition("?")[0].endswith(action)]
    assert found, f"no form to {action} in {page[:400]}"
    return found[0]
