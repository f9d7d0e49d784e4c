"""The forms that a page offers, read from its HTML as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

WRITTEN = {"text", "email", "tel", "search", "number", "date", "time", "datetime-local", "url", "password", "month"}


@dataclass
class PageForm:
    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)  # what the browser would send untouched
    written: list[str] = field(default_factory=list)  # fields a person writes into
    chosen: dict[str, list[str]] = field(default_factory=dict)  # fields with choices


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.form: PageForm | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.form = PageForm(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self.form)
        if self.form is None:
            return
        name, kind = said.get("name", ""), said.get("type", "text").lower()
        if tag == "input" and name:
            self._input(self.form, name, kind, said)
        elif tag == "textarea" and name:
            self.form.written.append(name)
        elif tag == "button" and name:
            self.form.values.setdefault(name, [said.get("value", "")])
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            self.form.chosen.setdefault(self.select, []).append(said.get("value", ""))

    @staticmethod
    def _input(form: PageForm, name: str, kind: str, said: dict[str, str]) -> None:
        if kind in WRITTEN:
            form.written.append(name)
            form.values.setdefault(name, [said.get("value", "")])
        elif kind in ("radio", "checkbox"):
            form.chosen.setdefault(name, []).append(said.get("value", "on"))
        elif kind != "file":
            form.values.setdefault(name, []).append(said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""


def forms_of(html: str) -> list[PageForm]:
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def filled(form: PageForm, **changes: str) -> dict[str, list[str]]:
    """What is sent: every choice taken (the last one offered), written fields as they stand, then the changes."""
    sent = {name: list(values) for name, values in form.values.items()}
    sent |= {name: [[value for value in values if value][-1]] for name, values in form.chosen.items() if any(values)}
    return sent | {name: [value] for name, value in changes.items()}
