"""An invited speaker or planner discloses from a link, on a phone, without an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page
from lifelong.kernel.access import Actor
from lifelong.loop.integrity import actions, reads

NOTHING, SOMETHING = "nothing", "companies"
PRIVATE, TRADED = "private", "traded"
MOST_ROWS = 60


class AnswerForm(forms.Form):
    """What is said of the whole."""

    answer = forms.ChoiceField(label="In the last 24 months", widget=forms.RadioSelect)
    attested = forms.BooleanField(
        required=True,
        label="This is complete. If something changes before my role ends, I will say so here.",
        error_messages={"required": "Tick this to confirm that your disclosure is complete."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = reads.lookback_months()
        choice = self.fields["answer"]
        choice.label = f"In the last {months} months"
        choice.choices = [  # type: ignore[attr-defined]  # a choice field
            (NOTHING, "I had no financial relationship with such a company"),
            (SOMETHING, "I had the relationships listed here, whatever their amount"),
        ]


class RelationshipForm(forms.Form):
    """One company. A line without a name is left out."""

    company = forms.CharField(
        max_length=200, required=False, label="Company", help_text="Empty the name to leave this line out."
    )
    nature = forms.ChoiceField(required=False, label="What it is")
    equity = forms.ChoiceField(
        required=False,
        label="If you own shares",
        choices=[("", "I own none"), (TRADED, "Traded on a stock exchange"), (PRIVATE, "Privately held")],
        help_text="Shares in a fund that spreads its money widely do not count.",
    )
    ended_on = forms.DateField(
        required=False,
        label="If it is over: since when",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty while it goes on.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(key, text[0].upper() + text[1:]) for key, text in reads.natures()]
        self.fields["nature"].choices = [("", "Choose"), *words]  # type: ignore[attr-defined]  # a choice field
        self.fields["company"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("company") and not said.get("nature") and "nature" not in self.errors:
            self.add_error("nature", "Choose what kind of relationship it is.")
        if said.get("company") and said.get("nature") == "ownership" and not said.get("equity"):
            self.add_error("equity", "Say whether the company is privately held or traded on a stock exchange.")
        return said

    def line(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "company": said["company"],
            "nature": said["nature"],
            "is_private_equity": said["equity"] == PRIVATE,
            "ended_on": said["ended_on"],
        }


@page(by_link=True)
def disclose(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing (A37). Unknown and expired links get one answer, from `request_by_token`."""
    asked = reads.request_by_token(token)
    role, person = asked.role, asked.role.person
    request.provider = role.activity.provider  # type: ignore[attr-defined]
    before = reads.latest_disclosure(person.pk)
    context: dict[str, Any] = {
        "page_title": "What you disclose",
        "invited_as": f"For {person.full_name}",
        "role": role,
        "before": before,
        "definition": reads.definition(),
        "months": reads.lookback_months(),
        "companies": reads.companies(limit=200),
    }
    answer = AnswerForm(request.POST or None, initial=_answer_before(before))
    rows = _rows(request, before)
    if request.method == "POST" and "add" not in request.POST:
        if _submitted(asked, answer, rows):
            return redirect("invited-disclosure", token=token)
    elif request.method == "POST":
        answer.errors.clear()  # one more line was asked for: nothing is judged yet
    elif asked.answered_at and "again" not in request.GET:
        return _headed(render(request, "invited/disclosure_done.html", context | {"page_title": "Thank you"}))
    context |= {"form": answer, "rows": rows, "summary": [(field, field.errors) for field in answer]}
    context["rows_open"] = len(rows) > 1 or request.method == "POST"
    refused = request.method == "POST" and bool(answer.errors or any(row.errors for row in rows))
    return _headed(render(request, "invited/disclosure.html", context, status=422 if refused else 200))


def _headed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


def _answer_before(before: Any) -> dict[str, str]:
    if before is None:
        return {}
    return {"answer": NOTHING if before.nothing_to_disclose else SOMETHING}


def _rows(request: HttpRequest, before: Any) -> list[RelationshipForm]:
    """The lines of the form: those sent, or those of the last disclosure; always one empty line at the end."""
    if request.method == "POST":
        sent = request.POST.get("lines", "")
        count = min(int(sent) if sent.isdecimal() else 0, MOST_ROWS)
        rows = [RelationshipForm(request.POST, prefix=f"c{number}") for number in range(count)]
        if "add" in request.POST:
            shown = [RelationshipForm(initial=_typed(row), prefix=row.prefix) for row in rows]
            return [*shown, RelationshipForm(prefix=f"c{count}")][:MOST_ROWS]
        return rows
    held = list(before.relationships.all()) if before else []
    rows = [RelationshipForm(prefix=f"c{number}", initial=_held(one)) for number, one in enumerate(held)]
    return [*rows, RelationshipForm(prefix=f"c{len(rows)}")]


def _typed(row: RelationshipForm) -> dict[str, Any]:
    return {name: row.data.get(row.add_prefix(name), "") for name in row.fields}


def _held(one: Any) -> dict[str, Any]:
    equity = PRIVATE if one.is_private_equity else TRADED if one.nature == "ownership" else ""
    return {"company": one.company.name, "nature": one.nature, "equity": equity, "ended_on": one.ended_on}


def _submitted(asked: Any, answer: AnswerForm, rows: list[RelationshipForm]) -> bool:
    good = [row.is_valid() for row in rows]
    if not answer.is_valid() or not all(good):
        for number, fine in enumerate(good, start=1):
            if not fine:
                answer.add_error(None, f"Something is missing at company {number}.")
        return False
    person = asked.role.person
    nothing = answer.cleaned_data["answer"] == NOTHING
    actor = Actor(
        person_id=person.pk, name=person.full_name, channel="link", link=frozenset({f"disclosure:{asked.pk}"})
    )
    made = apply(
        answer,
        lambda: actions.submit_disclosure(
            actor,
            person,
            relationships=[row.line() for row in rows if row.cleaned_data.get("company")],
            nothing_to_disclose=nothing,
            attested=answer.cleaned_data["attested"],
            role=asked.role,
        ),
    )
    return made is not None


urlpatterns = [path("disclosure/<str:token>/", disclose, name="invited-disclosure")]
