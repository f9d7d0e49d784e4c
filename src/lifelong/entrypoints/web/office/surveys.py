"""Forms of the office: begin from a usual one, write questions, look at it as on the phone, publish it, use it again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.learner.survey_form import AnswerForm
from lifelong.entrypoints.web.office import survey_asking, survey_pairing
from lifelong.entrypoints.web.office.survey_frame import (
    KINDS,
    QuestionForm,
    choices_of,
    crumbs,
    form_page,
    links,
    may_edit,
    sees_all,
    slug_of,
)
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.evaluation import reads as evaluation
from lifelong.loop.surveys import actions, reads
from lifelong.loop.surveys.defaults import usual_forms
from lifelong.loop.surveys.forms import Row, promise
from lifelong.loop.surveys.judging import advice
from lifelong.rules.verdict import counted

P = Permission
KIND_WORDS = dict(KINDS)
PROMISES = (
    ("anonymous", promise(is_anonymous=True, is_matched=False)),
    ("matched", promise(is_anonymous=True, is_matched=True)),
    ("named", promise(is_anonymous=False, is_matched=False)),
)
SHORT = {"anonymous": "No names", "matched": "No names, paired by a code", "named": "With names"}
SAMPLE_BEGINS = "Write "  # the usual forms write a sample as a request to its reader
SETTINGS = ("kind", "title", "intro", "is_anonymous", "is_matched", "passing_percent", "activity_id")
SAMPLE = {
    "objectives": [Row("1", "First objective of the activity"), Row("2", "Second objective")],
    "speakers": [Row("1", "First speaker"), Row("2", "Second speaker")],
}


def _promise(row: Any) -> str:
    return "named" if not row.is_anonymous else "matched" if row.is_matched else "anonymous"


@page(needs=P.SEE_EVALUATION)
def instruments(request: HttpRequest) -> HttpResponse:
    """All forms, the newest version of each."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    newest: dict[str, Any] = {}
    for row in reads.instruments(viewer, provider) if sees_all(request) else []:
        newest.setdefault(row.key, row)
    uses = evaluation.uses_of_forms(provider)
    rows = sorted(newest.values(), key=lambda row: row.title.lower())
    table = {
        "id": "forms", "caption": "Forms of the program, by title", "stack": True, "filters": links(request, "office-evaluation-forms"),
        "columns": [{"label": label, "number": label == "Activities"} for label in ("Form", "Kind", "Promise", "State", "Activities")],
        "rows": [{"cells": _cells(row, provider.slug, uses)} for row in rows],
        "count_text": counted(len(rows), "form", "forms"),
        "empty": {"title": "No form yet", "text": "Begin from one of the usual forms and make it your own."},
    }  # fmt: skip
    context = {"page_title": "Forms", "answer": "A published version never changes; an edit makes the next one.", "table": table, "breadcrumbs": crumbs(request)}  # fmt: skip
    if may_edit(request):
        context["page_actions"] = [
            {"label": "Pair forms by own codes", "url": reverse("office-evaluation-pairing", args=[provider.slug])},
            {"label": "Begin a form", "url": reverse("office-evaluation-form-new", args=[provider.slug]), "main": True},
        ]  # fmt: skip
    return render(request, "office/surveys_list.html", context)


def _cells(row: Any, slug: str, uses: dict[int, int]) -> list[dict[str, Any]]:
    draft = row.published_at is None
    return [
        {"head": True, "text": row.title, "url": reverse("office-evaluation-form", args=[slug, row.pk]), "sub": f"version {row.version}"},
        {"text": row.get_kind_display(), "label": "Kind"},
        {"text": SHORT[_promise(row)], "label": "Promise"},
        {"chip": "draft" if draft else "done", "text": "Draft" if draft else "In use", "label": "State"},
        {"text": uses.get(row.pk, 0), "number": True, "label": "Activities"},
    ]  # fmt: skip


EMPTY = "empty"
PROMISED: dict[str, dict[str, bool]] = {  # what an empty form of a kind promises, where it must
    "test": {"is_matched": True}, "self": {"is_matched": True}, "observer": {"is_anonymous": False},
    "reflect": {"is_anonymous": False}, "case": {"is_anonymous": False},
}  # fmt: skip


class BeginForm(forms.Form):
    template = forms.ChoiceField(label="Begin from", widget=forms.RadioSelect)
    kind = forms.ChoiceField(required=False, label="What an empty form is for", choices=reads.KINDS_OF_FORMS)
    title = forms.CharField(max_length=200, label="Title", required=False, help_text="Empty: the title of the form you begin from.")  # fmt: skip

    def __init__(self, own: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = [(key, f"{one['title']}: {one['about']}") for key, one in usual_forms().items()]
        choices_of(self, "template").choices = [
            (EMPTY, "An empty form"), ("The usual forms", usual), *([("Forms of your own", own)] if own else [])
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        if said.get("template") == EMPTY and not said.get("title", "").strip():
            self.add_error("title", "An empty form has no title yet. Give it one.")
        return said


@page(needs=P.EDIT_EVALUATION)
def begin(request: HttpRequest) -> HttpResponse:
    """Begin with nothing, with a usual form, or with one of the program's own; the draft is one's own."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    known = reads.instruments(viewer, provider) if sees_all(request) else []
    own = {f"own-{row.pk}": row for row in known if row.published_at}
    form = BeginForm([(key, f"{row.title}, version {row.version}") for key, row in own.items()], request.POST or None)
    if request.method == "POST" and form.is_valid():
        draft = _begun_from(form.cleaned_data, own)
        key = slug_of(draft["title"], {row.key for row in known})
        row = apply(form, lambda: actions.save_instrument(viewer, provider, key=key, **draft))
        if row is not None:
            messages.success(request, "Your draft begins with these questions. Change what you like." if draft["questions"] else "Your form is empty. Add its questions.")  # fmt: skip
            return redirect("office-evaluation-form", slug=provider.slug, instrument_id=row.pk)
    back = reverse("office-evaluation-forms", args=[provider.slug])
    return form_page(request, form, "Begin a form", "Begin this form", back, breadcrumbs=crumbs(request, ("Forms", "office-evaluation-forms", [])))  # fmt: skip


def _begun_from(said: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The fields of a draft that begins with the chosen form."""
    chosen, title = said["template"], said["title"].strip()
    if chosen == EMPTY:
        kind = said["kind"] or "evaluation"
        return {"kind": kind, "title": title, "questions": [], **PROMISED.get(kind, {})}
    if chosen in own:
        row = own[chosen]
        kept = {name: getattr(row, name) for name in SETTINGS}
        return {**kept, "title": title or row.title, "questions": reads.editable(row)}
    draft = {name: value for name, value in usual_forms()[chosen].items() if name != "about"}
    return {**draft, "title": title or draft["title"]}


@page(needs=P.SEE_EVALUATION)
def instrument(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """One version of a form: its questions, and what can be done with it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.instrument(viewer, provider, instrument_id)
    versions = [one for one in reads.instruments(viewer, provider) if one.key == row.key]
    draft, newest = row.published_at is None, versions[0].pk == row.pk
    texts = {question["key"]: question["text"] for question in reads.editable(row)}
    questions = [_shown(question, texts) for question in reads.editable(row)]
    at = [provider.slug, row.pk]
    samples = _samples(questions) if draft else []
    page_actions: list[dict[str, Any]] = [
        {"label": "Look at it as on the phone", "url": reverse("office-evaluation-form-preview", args=at)}
    ]
    if may_edit(request) and draft:
        page_actions.append({"label": "Publish this form", "url": reverse("office-evaluation-form-publish", args=at), "post": True, "main": True, "confirm": ("It still asks the sample question of the usual form. " if samples else "") + "Publish this form? This version can then not be changed any more."})  # fmt: skip
    elif may_edit(request) and newest:
        page_actions.append({"label": "Change it in a new version", "url": reverse("office-evaluation-form-next", args=at), "post": True})  # fmt: skip
    context = {
        "page_title": row.title, "kicker": f"{row.get_kind_display()}, version {row.version}",
        "answer": promise(is_anonymous=row.is_anonymous, is_matched=row.is_matched, kind=row.kind),
        "page_states": [{"kind": "draft", "word": "Draft"} if draft else {"kind": "done", "word": "Published"}],
        "page_actions": page_actions, "breadcrumbs": crumbs(request, ("Forms", "office-evaluation-forms", [])),
        "row": row, "questions": questions, "advice": [*samples, *advice(row.kind, reads.editable(row))] if draft else [], "can_edit": draft and may_edit(request), "kinds": KINDS,
        "versions": versions, "uses": evaluation.uses_of_forms(provider).get(row.pk, 0),
    }  # fmt: skip
    return render(request, "office/surveys_instrument.html", context)


def _samples(questions: list[dict[str, Any]]) -> list[str]:
    """What still stands as the usual form wrote it: a sample is to be changed, not asked."""
    known = {one["text"] for form in usual_forms().values() for one in form["questions"] if one["text"].startswith(SAMPLE_BEGINS)}  # fmt: skip
    return [
        f"“{one['text']}” is the sample of the usual form. Write your own question and answers in its place."
        for one in questions
        if one["text"] in known
    ]


def _shown(question: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    """A question with the words that describe it in the list."""
    rows = question["rows"]
    says = [KIND_WORDS[question["kind"]], "required" if question["is_required"] else "optional"]
    if question["options"]:
        says.append(" / ".join(one["label"] for one in question["options"]))
    if rows and rows[0]["key"].startswith("from:"):
        says.append(f"lines: the {rows[0]['key'].removeprefix('from:')} of the activity")
    elif rows:
        says.append(f"{len(rows)} lines")
    if question["show_if_key"]:
        says.append(f"only if “{texts[question['show_if_key']]}” is {question['show_if_value']}")
    if question["correct_value"]:
        right = next((one["label"] for one in question["options"] if one["value"] == question["correct_value"]), "")
        says.append(f"right: {right}")
    if question["objective_id"]:
        says.append("tied to an objective")
    if question["moore_level"]:
        says.append(f"level {question['moore_level']}, {'objective' if question['is_objective_measure'] else 'self-rated'}")  # fmt: skip
    if question["kirkpatrick"]:
        says.append(f"Kirkpatrick {question['kirkpatrick']}")
    return {**question, "says": " · ".join(says)}


class SettingsForm(forms.Form):
    title = forms.CharField(max_length=200, label="Title")
    intro = forms.CharField(required=False, max_length=1000, label="Introduction", help_text="The promise about names is added by itself.", widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip
    promise = forms.ChoiceField(label="What the form promises", choices=PROMISES, widget=forms.RadioSelect)
    passing_percent = forms.IntegerField(required=False, min_value=1, max_value=100, label="Percent to pass")
    activity_id = forms.IntegerField(required=False, label="Number of the activity it was written for", help_text="As in Planning. Each item may then name the objective it tests, and the report shows right answers by objective.")  # fmt: skip

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != "test":
            del self.fields["passing_percent"]
        if kind not in ("test", "self"):
            del self.fields["activity_id"]


def on_draft(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view the draft instead of its number; from a published form, go back to it with a word why."""

    @functools.wraps(view)
    def opened(request: HttpRequest, instrument_id: int, **more: Any) -> HttpResponse:
        row = reads.instrument(viewer_of(request), request.provider, instrument_id)  # type: ignore[attr-defined]
        if row.published_at is None:
            return view(request, row, **more)
        messages.info(request, "This version is published and stays as it is. Change it in a new version.")
        return redirect("office-evaluation-form", slug=request.provider.slug, instrument_id=row.pk)  # type: ignore[attr-defined]

    return opened


def _save(request: HttpRequest, row: Any, questions: list[dict[str, Any]], **changed: Any) -> Any:
    """Write the whole draft again with other questions or settings."""
    kept = {name: getattr(row, name) for name in SETTINGS}
    provider = request.provider  # type: ignore[attr-defined]  # set by @page
    return actions.save_instrument(viewer_of(request), provider, key=row.key, questions=questions, **kept | changed)


@page(needs=P.EDIT_EVALUATION)
@on_draft
def settings(request: HttpRequest, row: Any) -> HttpResponse:
    """Title, introduction and what the form promises; of a test also what passes it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    number = evaluation.activity(viewer, provider, row.activity_id).number if row.activity_id else None
    initial = {"title": row.title, "intro": row.intro, "promise": _promise(row), "passing_percent": row.passing_percent, "activity_id": number}  # fmt: skip
    form = SettingsForm(row.kind, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        kept = said.pop("promise")
        said |= {"is_anonymous": kept != "named", "is_matched": kept == "matched"}
        if said.get("activity_id"):
            found = evaluation.activity_by_number(viewer, provider, said["activity_id"])
            if found is None:
                form.add_error("activity_id", "No activity of this program has this number. Look it up in Planning.")
            else:
                said["activity_id"] = found.pk
        if form.is_valid() and apply(form, lambda: _save(request, row, reads.editable(row), **said)) is not None:
            return redirect("office-evaluation-form", slug=provider.slug, instrument_id=row.pk)
    back = reverse("office-evaluation-form", args=[provider.slug, row.pk])
    return form_page(request, form, "Title and promise", "Save", back, breadcrumbs=crumbs(request, ("Forms", "office-evaluation-forms", []), (row.title, "office-evaluation-form", [row.pk])))  # fmt: skip


def _question_page(request: HttpRequest, row: Any, kind: str, before: dict[str, Any] | None) -> HttpResponse:
    provider = request.provider  # type: ignore[attr-defined]  # set by @page
    questions = reads.editable(row)
    place = next((n for n, one in enumerate(questions) if before and one["key"] == before["key"]), len(questions))
    branches = [
        (f"{one['key']}={option['value']}", f"“{one['text']}” is answered “{option['label']}”")
        for one in questions[:place] if one["kind"] in ("choice", "multi", "likert") for option in one["options"]
    ]  # fmt: skip
    objectives: list[tuple[str, str]] = []
    if row.kind in ("test", "self") and row.activity_id:
        written_for = evaluation.activity(viewer_of(request), provider, row.activity_id)
        objectives = [(str(pk), text) for pk, text in evaluation.objectives_of(written_for)]
    scored = row.kind in ("test", "self") and kind == "choice"
    first = {"moore_level": "3a", "evidence": "objective"} if scored else {}  # what the form offers; the writer decides
    form = QuestionForm(
        kind, request.POST or None, of=row.kind, branches=branches, objectives=objectives,
        initial=QuestionForm.initial_of(before) if before else first,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        made = form.question(before, {one["key"] for one in questions})
        changed = [*questions[:place], made, *questions[place + 1 :]]
        if apply(form, lambda: _save(request, row, changed)) is not None:
            messages.success(request, "The question is in the draft.")
            return redirect("office-evaluation-form", slug=provider.slug, instrument_id=row.pk)
    back = reverse("office-evaluation-form", args=[provider.slug, row.pk])
    where = reverse("office-evaluation-form-settings", args=[provider.slug, row.pk])
    said = {"title": "Items can name the objective they test", "text": "Say first for which activity the form was written.", "url": where, "link": "Name the activity"} if row.kind == "test" and not row.activity_id else None  # fmt: skip
    title = "Change the question" if before else f"New question: {KIND_WORDS[kind].lower()}"
    return form_page(request, form, title, "Save the question", back, kicker=row.title, said=said, breadcrumbs=crumbs(request, ("Forms", "office-evaluation-forms", []), (row.title, "office-evaluation-form", [row.pk])))  # fmt: skip


@page(needs=P.EDIT_EVALUATION)
@on_draft
def add_question(request: HttpRequest, row: Any) -> HttpResponse:
    """The kind is chosen first (`?kind=`), so that the form asks only what the kind has."""
    kind = request.GET.get("kind", "text")
    if kind not in KIND_WORDS:
        raise NotFound("kind of question")
    return _question_page(request, row, kind, None)


def _question(row: Any, key: str) -> dict[str, Any]:
    found = next((one for one in reads.editable(row) if one["key"] == key), None)
    if found is None:
        raise NotFound("question")
    return found


@page(needs=P.EDIT_EVALUATION)
@on_draft
def edit_question(request: HttpRequest, row: Any, key: str) -> HttpResponse:
    """Change one question; it keeps its key."""
    before = _question(row, key)
    return _question_page(request, row, before["kind"], before)


@page(needs=P.EDIT_EVALUATION)
@on_draft
def arrange(request: HttpRequest, row: Any, key: str) -> HttpResponse:
    """Move a question up or down, or take it out."""
    _question(row, key)
    if request.method != "POST":
        return _done(request, row, lambda: row, "#questions")
    questions = reads.editable(row)
    place = next(n for n, one in enumerate(questions) if one["key"] == key)
    one = questions.pop(place)
    step = {"up": -1, "down": 1}.get(request.POST.get("do", ""))
    if step is not None:
        questions.insert(max(0, place + step), one)
    elif request.POST.get("do") != "delete":
        raise NotFound("step")
    return _done(request, row, lambda: _save(request, row, questions), "#questions")


def _done(request: HttpRequest, row: Any, act: Callable[[], Any], anchor: str = "") -> HttpResponse:
    """Do it, say what was refused, and go (back) to the form."""
    try:
        made = act() if request.method == "POST" else row
    except Problem as refusal:
        made = row
        for reason in refusal.reasons:
            messages.error(request, f"{reason.sentence} {reason.next_step}")
    slug = request.provider.slug  # type: ignore[attr-defined]
    return redirect(reverse("office-evaluation-form", args=[slug, made.pk]) + anchor)


@page(needs=P.EDIT_EVALUATION)
def publish(request: HttpRequest, instrument_id: int) -> HttpResponse:
    row = reads.instrument(viewer_of(request), request.provider, instrument_id)  # type: ignore[attr-defined]
    return _done(request, row, lambda: actions.publish_instrument(viewer_of(request), row))


@page(needs=P.EDIT_EVALUATION)
def next_version(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """A draft that begins with the questions of this version."""
    row = reads.instrument(viewer_of(request), request.provider, instrument_id)  # type: ignore[attr-defined]
    return _done(request, row, lambda: _save(request, row, reads.editable(row)))


@page(needs=P.SEE_EVALUATION)
def preview(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """The form as a learner meets it on a phone; nothing is kept. An answer may be tried, and is judged as it would be."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.instrument(viewer, provider, instrument_id)
    survey = reads.form(row)
    for source, rows in SAMPLE.items():
        survey = survey.with_rows(source, rows)
    context = {
        "page_title": row.title, "kicker": "Preview: nothing you enter here is kept", "survey": survey, "form": AnswerForm(survey),
        "layout": "base/invited.html", "back_url": reverse("office-evaluation-form", args=[provider.slug, row.pk]),
    }  # fmt: skip
    return render(request, "office/surveys_preview.html", context)


FORM = "forms/<int:instrument_id>/"
urlpatterns = [
    *survey_asking.urlpatterns,
    *survey_pairing.urlpatterns,
    path("forms/", instruments, name="office-evaluation-forms"),
    path("forms/new/", begin, name="office-evaluation-form-new"),
    path(FORM, instrument, name="office-evaluation-form"),
    path(FORM + "settings/", settings, name="office-evaluation-form-settings"),
    path(FORM + "preview/", preview, name="office-evaluation-form-preview"),
    path(FORM + "publish/", publish, name="office-evaluation-form-publish"),
    path(FORM + "next/", next_version, name="office-evaluation-form-next"),
    path(FORM + "questions/new/", add_question, name="office-evaluation-question-new"),
    path(FORM + "questions/<slug:key>/", edit_question, name="office-evaluation-question"),
    path(FORM + "questions/<slug:key>/arrange/", arrange, name="office-evaluation-question-arrange"),
]
