"""What the pages of forms, campaigns and coding have in common: their links, their crumbs, a form page, a question as typed."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from lifelong.entrypoints.web.page import viewer_of
from lifelong.kernel.access import Permission, reach
from lifelong.loop.surveys.defaults import scales

P = Permission
PARTS = (
    ("office-evaluation", "Activities"),
    ("office-evaluation-forms", "Forms"),
    ("office-evaluation-campaigns", "Surveys of needs"),
    ("office-evaluation-coding", "Coding of own words"),
    ("office-evaluation-barriers", "Barriers"),
    ("office-evaluation-asking", "How often we ask"),
)
KINDS = (
    ("text", "Own words"), ("likert", "Labelled scale"), ("choice", "One of a list"), ("multi", "Several of a list"),
    ("number", "Number"), ("matrix", "Rows on one scale"), ("retro", "Before and now"),
)  # fmt: skip
SCALED = ("likert", "matrix", "retro")
SOURCES = (
    ("", "Lines of its own"),
    ("objectives", "The objectives of the activity"),
    ("speakers", "The speakers of the session"),
)


def sees_all(request: HttpRequest) -> bool:
    """Whether the viewer sees the evaluation of the whole program; forms and surveys belong to it, not to a department."""
    return reach(viewer_of(request), P.SEE_EVALUATION, request.provider.pk)[0]  # type: ignore[attr-defined]


def links(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The parts of Evaluation, as links above each list; none for whoever sees only a department or an activity of it."""
    slug = request.provider.slug  # type: ignore[attr-defined]
    if not sees_all(request):
        return []
    parts = PARTS if may_edit(request) else PARTS[:-1]  # the last is a form
    return [{"label": label, "url": reverse(name, args=[slug]), "current": name == current} for name, label in parts]


def crumbs(request: HttpRequest, *more: tuple[str, str, list[Any]]) -> list[dict[str, str]]:
    """(label, name of the address, its further arguments) after Evaluation."""
    slug = request.provider.slug  # type: ignore[attr-defined]
    steps = (("Evaluation", "office-evaluation", []), *more)
    return [{"label": label, "url": reverse(name, args=[slug, *args])} for label, name, args in steps]


def may_edit(request: HttpRequest) -> bool:
    return bool(viewer_of(request).grants_for(P.EDIT_EVALUATION, request.provider.pk))  # type: ignore[attr-defined]


def form_page(request: HttpRequest, form: forms.Form, title: str, label: str, back: str, **more: Any) -> HttpResponse:
    """A page that is one form. `back`: address of "cancel"."""
    context = {"page_title": title, "form": form, "label": label, "cancel_url": back, **more}
    return render(request, "office/surveys_form.html", context, status=422 if form.errors else 200)


def choices_of(form: forms.Form, name: str) -> forms.ChoiceField:
    """The field of this name, whose choices depend on the program."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return field


# --- a question as people type it


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def slug_of(text: str, taken: set[str]) -> str:
    """A key from the first words of a text, unlike those taken."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    base = "_".join(words[:4])[:40] or "question"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    return key


def typed_options(options: list[dict[str, str]], right: str = "") -> str:
    """One line an option, `value = label`; a star before the right one."""
    return "\n".join(
        f"{'* ' if right and one['value'] == right else ''}{one['value']} = {one['label']}" for one in options
    )


def read_options(text: str, kind: str) -> tuple[list[dict[str, str]], str]:
    """The options of the lines, and the value of the starred one. Without values, a scale counts down to 1, a list gets words."""
    lines = lines_of(text)
    options: list[dict[str, str]] = []
    right, taken = "", set[str]()
    for number, line in enumerate(lines):
        starred, line = line.startswith("*"), line.lstrip("* ").strip()
        value, sign, label = (part.strip() for part in line.partition("="))
        if not sign or not re.fullmatch(r"[a-z0-9_]{1,40}", value):
            label = line
            value = str(len(lines) - number) if kind in SCALED else slug_of(label, taken)
        taken.add(value)
        options.append({"value": value, "label": label[:120]})
        right = value if starred else right
    return options, right


class QuestionForm(forms.Form):
    """One question; only the fields that its kind has."""

    text = forms.CharField(max_length=400, label="Question", widget=forms.Textarea(attrs={"rows": 2}))
    help = forms.CharField(max_length=300, required=False, label="Help under it")
    is_required = forms.BooleanField(required=False, label="An answer is required")

    def __init__(self, kind: str, *args: Any, is_test: bool, branches: list[tuple[str, str]], objectives: list[tuple[str, str]], **kwargs: Any) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.kind, self.is_test = kind, is_test
        if kind in SCALED:
            ready = [(name, " / ".join(label for _, label in scale)) for name, scale in scales().items()]
            self.fields["scale"] = forms.ChoiceField(
                required=False, label="Ready scale", choices=[("", "My own, written below"), *ready]
            )
        if kind not in ("text", "number"):
            self.fields["options"] = forms.CharField(
                required=False, widget=forms.Textarea(attrs={"rows": 6}),
                label="Scale of your own, best first" if kind in SCALED else "Answers to choose from",
                help_text="One a line." + (" Put * before the right answer." if is_test and kind == "choice" else ""),
            )  # fmt: skip
        if kind == "matrix":
            self.fields["rows_from"] = forms.ChoiceField(required=False, label="What is rated", choices=SOURCES)
            self.fields["rows"] = forms.CharField(
                required=False,
                label="Lines of its own",
                help_text="One a line.",
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        if is_test:
            self.fields["rationale"] = forms.CharField(
                required=False, label="Why the answer is right", help_text="Shown when nothing is left to pass.",
                widget=forms.Textarea(attrs={"rows": 3}),
            )  # fmt: skip
        if is_test and objectives:
            self.fields["objective_id"] = forms.TypedChoiceField(
                required=False, label="Objective it tests", coerce=int, empty_value=None, choices=[("", "None"), *objectives]
            )  # fmt: skip
        if branches:
            self.fields["show_if"] = forms.ChoiceField(
                required=False, label="Show it only if", choices=[("", "Always shown"), *branches]
            )

    @staticmethod
    def initial_of(question: dict[str, Any]) -> dict[str, Any]:
        rows = question["rows"]
        source = rows[0]["key"].removeprefix("from:") if rows and rows[0]["key"].startswith("from:") else ""
        return {
            **question,
            "options": typed_options(question["options"], question["correct_value"]),
            "rows_from": source, "rows": "" if source else "\n".join(row["label"] for row in rows),
            "show_if": f"{question['show_if_key']}={question['show_if_value']}" if question["show_if_key"] else "",
        }  # fmt: skip

    def question(self, before: dict[str, Any] | None, taken: set[str]) -> dict[str, Any]:
        """As `save_instrument` takes it; a question that existed keeps its key, so that versions can be compared."""
        said = self.cleaned_data
        options, right = read_options(said.get("options", ""), self.kind)
        ready = said.get("scale", "")
        if ready:
            options = [{"value": value, "label": label} for value, label in scales()[ready]]
        source = said.get("rows_from", "")
        keys: set[str] = set()
        rows = [{"key": f"from:{source}", "label": ""}] if source else []
        for line in [] if source else lines_of(said.get("rows", "")):
            keys.add(key := slug_of(line, keys))
            rows.append({"key": key, "label": line[:160]})
        show_key, _, show_value = said.get("show_if", "").partition("=")
        return {
            "key": before["key"] if before else slug_of(said["text"], taken), "kind": self.kind, "text": said["text"].strip(),
            "help": said["help"].strip(), "is_required": said["is_required"], "options": options, "rows": rows,
            "show_if_key": show_key, "show_if_value": show_value, "correct_value": right if self.is_test else "",
            "rationale": said.get("rationale", "").strip(), "objective_id": said.get("objective_id"),
            "moore_level": "3a" if self.is_test and right else before["moore_level"] if before else "",
            "is_objective_measure": bool(self.is_test and right) or bool(before and before["is_objective_measure"]),
        }  # fmt: skip
