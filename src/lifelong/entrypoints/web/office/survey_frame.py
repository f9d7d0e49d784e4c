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
from lifelong.loop.outcomes.levels import NAMES
from lifelong.loop.surveys.defaults import scales
from lifelong.loop.surveys.forms import NOT_APPLICABLE
from lifelong.loop.surveys.judging import MOORE

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
LEVELS = (("", "Not told"), *((key, f"{key}: {NAMES[key]}") for key in MOORE))
KIRKPATRICK_WORDS = (
    ("", "Not told"), ("1", "1: Reaction"), ("2", "2: Learning"), ("2a", "2a: Attitudes"), ("2b", "2b: Knowledge and skills"),
    ("3", "3: Behaviour"), ("4", "4: Results"), ("4a", "4a: The organisation"), ("4b", "4b: Patients"),
)  # fmt: skip
EVIDENCE = (("self", "Self-rated: what people say of themselves"), ("objective", "Objective: what was seen or scored"))
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
    """One line an option, `value = label`; a star before the right one; of a case `| what is said to it` behind."""
    return "\n".join(
        f"{'* ' if right and one['value'] == right else ''}{one['value']} = {one['label']}"
        + (f" | {one['feedback']}" if one.get("feedback") else "")
        for one in options
        if one["value"] != NOT_APPLICABLE
    )


def read_options(text: str, kind: str, *, is_case: bool = False) -> tuple[list[dict[str, str]], str]:
    """The options of the lines, and the value of the starred one. Without values, a scale counts down to 1, a list gets words."""
    lines = lines_of(text)
    options: list[dict[str, str]] = []
    right, taken = "", set[str]()
    for number, line in enumerate(lines):
        starred, line = line.startswith("*"), line.lstrip("* ").strip()
        line, _, feedback = (part.strip() for part in line.partition("|")) if is_case else (line, "", "")
        value, sign, label = (part.strip() for part in line.partition("="))
        if not sign or not re.fullmatch(r"[a-z0-9_]{1,40}", value):
            label = line
            value = str(len(lines) - number) if kind in SCALED else slug_of(label, taken)
        taken.add(value)
        options.append({"value": value, "label": label[:120]} | ({"feedback": feedback[:1000]} if feedback else {}))
        right = value if starred else right
    return options, right


class QuestionForm(forms.Form):
    """One question; only the fields that its kind has."""

    text = forms.CharField(max_length=400, label="Question", widget=forms.Textarea(attrs={"rows": 2}))
    help = forms.CharField(max_length=300, required=False, label="Help under it")
    is_required = forms.BooleanField(required=False, label="An answer is required")

    def __init__(self, kind: str, *args: Any, of: str, branches: list[tuple[str, str]], objectives: list[tuple[str, str]], **kwargs: Any) -> None:  # fmt: skip
        """`of`: the kind of form; a test and a self-assessment mark the right answer, a case answers each choice."""
        super().__init__(*args, **kwargs)
        self.kind, self.is_test, self.is_case = kind, of in ("test", "self"), of == "case"
        if kind in SCALED:
            ready = [(name, " / ".join(label for _, label in scale)) for name, scale in scales().items()]
            self.fields["scale"] = forms.ChoiceField(
                required=False, label="Ready scale", choices=[("", "My own, written below"), *ready]
            )
        if kind not in ("text", "number"):
            says = "One a line; what stands before = is its short name in the data and may be left out." + (
                " Put * before the right answer." if self.is_test and kind == "choice" else ""
            )
            says += " Behind | write what is said to whoever chooses it." if self.is_case else ""
            self.fields["options"] = forms.CharField(
                required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text=says,
                label="Scale of your own, best first" if kind in SCALED else "Answers to choose from",
            )  # fmt: skip
        if kind in SCALED:
            self.fields["offers_na"] = forms.BooleanField(
                required=False, label="Offer “Does not apply to me” beside the scale", help_text="It is counted apart, in no share and no mean."
            )  # fmt: skip
        if kind == "matrix":
            self.fields["rows_from"] = forms.ChoiceField(required=False, label="What is rated", choices=SOURCES)
            self.fields["rows"] = forms.CharField(
                required=False,
                label="Lines of its own",
                help_text="One a line.",
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        if self.is_test and kind == "choice":
            self.fields["rationale"] = forms.CharField(
                required=False, label="Why the answer is right",
                help_text="Shown after answering." if of == "self" else "Shown when nothing is left to pass.",
                widget=forms.Textarea(attrs={"rows": 3}),
            )  # fmt: skip
        if self.is_test and objectives:
            self.fields["objective_id"] = forms.TypedChoiceField(
                required=False, label="Objective it tests", coerce=int, empty_value=None, choices=[("", "None"), *objectives]
            )  # fmt: skip
        if kind != "text":
            self.fields["moore_level"] = forms.ChoiceField(required=False, label="Level of Moore it measures", choices=LEVELS)  # fmt: skip
            self.fields["kirkpatrick"] = forms.ChoiceField(required=False, label="Level of Kirkpatrick", choices=KIRKPATRICK_WORDS)  # fmt: skip
            self.fields["evidence"] = forms.ChoiceField(required=False, label="Kind of evidence", choices=EVIDENCE)
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
            "offers_na": any(one["value"] == NOT_APPLICABLE for one in question["options"]),
            "evidence": "objective" if question["is_objective_measure"] else "self",
            "options": typed_options(question["options"], question["correct_value"]),
            "rows_from": source, "rows": "" if source else "\n".join(row["label"] for row in rows),
            "show_if": f"{question['show_if_key']}={question['show_if_value']}" if question["show_if_key"] else "",
        }  # fmt: skip

    def question(self, before: dict[str, Any] | None, taken: set[str]) -> dict[str, Any]:
        """As `save_instrument` takes it; a question that existed keeps its key, so that versions can be compared."""
        said = self.cleaned_data
        options, right = read_options(said.get("options", ""), self.kind, is_case=self.is_case)
        ready = said.get("scale", "")
        if ready:
            options = [{"value": value, "label": label} for value, label in scales()[ready]]
        if said.get("offers_na") and options and all(one["value"] != NOT_APPLICABLE for one in options):
            options.append({"value": NOT_APPLICABLE, "label": "Does not apply to me"})
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
            "moore_level": said.get("moore_level", ""), "kirkpatrick": said.get("kirkpatrick", ""),
            "is_objective_measure": said.get("evidence") == "objective",
        }  # fmt: skip
