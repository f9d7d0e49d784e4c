"""Coding of own words: codebooks in versions, two coders apart, agreement, consensus, themes; and barriers over the program."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.survey_frame import (
    choices_of,
    crumbs,
    form_page,
    lines_of,
    links,
    may_edit,
    sees_all,
)
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel import clock
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import Problem
from lifelong.loop.evaluation import coding as actions
from lifelong.loop.evaluation import coding_reads as reads
from lifelong.loop.evaluation import reads as evaluation
from lifelong.loop.surveys import campaign_reads
from lifelong.loop.surveys import reads as surveys
from lifelong.rules.verdict import counted

P = Permission
LIST: tuple[str, str, list[Any]] = ("Coding", "office-evaluation-coding", [])


@page(needs=P.SEE_EVALUATION)
def rounds(request: HttpRequest) -> HttpResponse:
    """Texts being coded, and the codebooks."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    slug = provider.slug
    found = reads.rounds(viewer, provider) if sees_all(request) else []
    table = {
        "id": "rounds", "caption": "Texts that are coded, newest first", "stack": True, "filters": links(request, "office-evaluation-coding"),
        "columns": [{"label": label, "number": label in ("Texts", "Settled")} for label in ("Texts of", "Codebook", "Texts", "Settled")],
        "rows": [
            {"cells": [
                {"head": True, "text": row.title, "url": reverse("office-evaluation-round", args=[slug, row.pk]), "sub": row.question_key.replace("_", " ")},
                {"text": str(row.codebook), "label": "Codebook"}, {"text": n, "number": True, "label": "Texts"},
                {"text": settled, "number": True, "label": "Settled"},
            ]}
            for row, n, settled in found
        ],
        "count_text": counted(len(found), "set of texts", "sets of texts"),
        "empty": {"title": "No texts are coded yet", "text": "Write a codebook, publish it, then choose texts on the page of an activity or a survey."},
    }  # fmt: skip
    context = {
        "page_title": "Coding of own words", "answer": "Two people code apart; agreement is measured before they talk.", "table": table,
        "breadcrumbs": crumbs(request), "codebooks": reads.codebooks(viewer, provider) if sees_all(request) else [], "can_edit": may_edit(request),
    }  # fmt: skip
    if may_edit(request):
        context["page_actions"] = [
            {"label": "Choose texts to code", "url": reverse("office-evaluation-round-new", args=[slug]), "main": True},
            {"label": "Write a codebook", "url": reverse("office-evaluation-codebook-new", args=[slug])},
        ]
    return render(request, "office/surveys_coding.html", context)


class CodebookForm(forms.Form):
    title = forms.CharField(max_length=120, label="Title", help_text="The title of a published codebook begins its next version.")  # fmt: skip
    codes = forms.CharField(label="Codes", widget=forms.Textarea(attrs={"rows": 8}), help_text="One a line: name | when to use it | words a machine may look for. Example: Timing | when treatment begins or ends | early hour antibiotics")  # fmt: skip


@page(needs=P.EDIT_EVALUATION)
def codebook(request: HttpRequest) -> HttpResponse:
    """Write a codebook, or change it (`?from=`)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    wanted = request.GET.get("from", "")
    begun = reads.codebook(viewer, provider, int(wanted)) if wanted.isdecimal() else None
    initial = {"title": begun.title, "codes": "\n".join(f"{one.label} | {one.meaning} | {one.words}" for one in begun.codes.all())} if begun else None  # fmt: skip
    form = CodebookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        lines = [[part.strip() for part in f"{line}||".split("|")] for line in lines_of(form.cleaned_data["codes"])]
        codes = [{"label": line[0], "meaning": line[1], "words": line[2]} for line in lines]
        if apply(form, lambda: actions.save_codebook(viewer, provider, title=form.cleaned_data["title"], codes=codes)):
            messages.success(request, "The codebook is a draft; publish it to code with it.")
            return redirect("office-evaluation-coding", slug=provider.slug)
    back = reverse("office-evaluation-coding", args=[provider.slug])
    return form_page(request, form, "Write a codebook", "Save the codebook", back, breadcrumbs=crumbs(request, LIST))


@page(needs=P.EDIT_EVALUATION)
def publish(request: HttpRequest, codebook_id: int) -> HttpResponse:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    book = reads.codebook(viewer, provider, codebook_id)
    if request.method == "POST":
        actions.publish_codebook(viewer, book)
    return redirect("office-evaluation-coding", slug=provider.slug)


class RoundForm(forms.Form):
    codebook = forms.ChoiceField(label="Codebook")
    subject = forms.ChoiceField(label="Texts of")
    question = forms.ChoiceField(label="Question", choices=[("reflection", "What they learned"), ("plans", "Planned changes"), ("comment", "Anything else the planners should know"), ("topic", "Clinical question left unanswered (surveys of needs)"), ("other", "Another question")])  # fmt: skip
    key = forms.SlugField(required=False, max_length=60, label="Key of the other question", help_text="As shown in the form.")  # fmt: skip

    def __init__(self, books: list[Any], subjects: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self, "codebook").choices = [(str(row.pk), str(row)) for row in books]
        choices_of(self, "subject").choices = subjects


@page(needs=P.EDIT_EVALUATION)
def open_round(request: HttpRequest) -> HttpResponse:
    """Choose texts and a codebook."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    books = {str(row.pk): row for row in reads.codebooks(viewer, provider) if row.published_at}
    asked = [(f"c{row.pk}", f"Survey: {row.title}") for row in campaign_reads.campaigns(viewer, provider) if campaign_reads.has_ended(row)]  # fmt: skip
    taught = [(f"a{row.id}", row.title) for row in evaluation.evaluated_activities(viewer, provider, limit=100)]
    form = RoundForm(list(books.values()), [*asked, *taught], request.POST or None, initial={"subject": request.GET.get("for", "")})  # fmt: skip
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        number = int(said["subject"][1:])
        subject = (
            {"campaign": campaign_reads.campaign(viewer, provider, number)}
            if said["subject"].startswith("c")
            else {"activity": evaluation.activity(viewer, provider, number)}
        )
        key = said["key"] if said["question"] == "other" else said["question"]
        row = apply(
            form,
            lambda: actions.open_round(viewer, provider, codebook=books[said["codebook"]], question_key=key, **subject),
        )
        if row is not None:
            return redirect("office-evaluation-round", slug=provider.slug, round_id=row.pk)
    back = reverse("office-evaluation-coding", args=[provider.slug])
    said_first = None if books else {"title": "No codebook is published", "text": "Write one and publish it first."}
    return form_page(request, form, "Choose texts to code", "Open these texts", back, breadcrumbs=crumbs(request, LIST), said=said_first)  # fmt: skip


class CodesForm(forms.Form):
    codes = forms.MultipleChoiceField(required=False, label="Codes that fit", widget=forms.CheckboxSelectMultiple, help_text="None is an answer too.")  # fmt: skip

    def __init__(self, codes: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self, "codes").choices = [(str(one.pk), f"{one.label}: {one.meaning}") for one in codes]


@page(needs=P.SEE_EVALUATION)
def round_page(request: HttpRequest, round_id: int) -> HttpResponse:
    """One set of texts: the next text for this coder, then agreement, consensus and themes."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.round_of(viewer, provider, round_id)
    codes = list(row.codebook.codes.all())
    total, done = row.texts.count(), reads.is_coded(row)
    coders, mine = reads.coders(row), reads.own_codes(viewer, row)
    may_code = may_edit(request) and not done and (viewer.person_id in coders or len(coders) < reads.CODERS)
    text = reads.next_text(viewer, row) if may_code else None
    labels = {one.pk: one.label for one in codes}
    settle = [
        {
            "text": one.text, "first": [labels[pk] for pk in sorted(one.first)], "second": [labels[pk] for pk in sorted(one.second)],
            "machine": [labels[pk] for pk in sorted(one.machine)],
            "form": CodesForm(codes, auto_id=f"text{one.text.pk}_%s", initial={"codes": [str(pk) for pk in one.first & one.second]}),
        }
        for one in reads.to_settle(row)[:5]
    ]  # fmt: skip
    context = {
        "page_title": row.title, "kicker": f"Coding with {row.codebook}", "breadcrumbs": crumbs(request, LIST), "row": row,
        "answer": _where(total, len(mine), done, len(settle), text), "text": text, "codes_form": CodesForm(codes),
        "agreement": _agreement_table(reads.agreement(row)), "settle": settle, "can_edit": may_edit(request), "done": done,
        "themes": reads.coded_themes(row), "codes": codes, "mine": len(mine), "total": total,
    }  # fmt: skip
    return render(request, "office/surveys_round.html", context)


def _where(total: int, mine: int, done: bool, waiting: int, text: Any) -> str:
    if not done:
        return f"You have coded {mine} of {total} texts." if text or mine else f"{total} texts wait for two coders."
    return "The coders differ on some texts; settle them together." if waiting else f"All {total} texts are settled."


def _few(n: int) -> str:
    """A count of texts; one to four would tell what the list of themes hides."""
    return "under 5" if 0 < n < surveys.minimum_group() else f"{n:,}"


def _agreement_table(lines: list[reads.Agreement]) -> dict[str, Any] | None:
    if not lines:
        return None
    rows = []
    for one in lines:
        k = one.kappa
        value = "does not exist (one coder used one answer only)" if k.value is None else f"{k.value:.2f}"
        interval = f"{k.low:.2f} to {k.high:.2f}" if k.low is not None and k.high is not None else "–"
        cells: list[dict[str, Any]] = [{"head": True, "text": one.code.label}, {"text": value, "number": True, "label": "Kappa"}, {"text": interval, "number": True, "label": "95 % interval"}]  # fmt: skip
        cells += [{"text": shown, "number": True, "label": label} for label, shown in (("Same", f"{100 * k.agreement:.0f} %"), ("Both", _few(k.both)), ("One only", _few(k.first_only + k.second_only)), ("n", k.n))]  # fmt: skip
        rows.append({"cells": cells})
    columns = ("Code", "Kappa", "95 % interval", "Same", "Both", "One only", "n")
    return {"id": "agreement", "caption": "Agreement of the two coders before they talked, by code", "hide_caption": True, "columns": [{"label": label, "number": label != "Code"} for label in columns], "rows": rows, "stack": True}  # fmt: skip


@page(needs=P.EDIT_EVALUATION)
def judge(request: HttpRequest, text_id: int) -> HttpResponse:
    """Code a text, or settle one (`do=settle`)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    text = reads.text_of(viewer, provider, text_id)
    codes = [int(one) for one in request.POST.getlist("codes") if one.isdecimal()]
    act = actions.settle_text if request.POST.get("do") == "settle" else actions.code_text
    try:
        if request.method == "POST":
            act(viewer, text, codes=codes)
    except Problem as refusal:
        for reason in refusal.reasons:
            messages.error(request, f"{reason.sentence} {reason.next_step}")
    return redirect("office-evaluation-round", slug=provider.slug, round_id=text.round_id)


@page(needs=P.SEE_EVALUATION)
def barriers(request: HttpRequest) -> HttpResponse:
    """What stands in the way over a year, by domain of behaviour, and who could address it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    this = clock.today(provider.time_zone).year
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and 2000 <= int(asked) <= this else this
    lines = evaluation.barriers(viewer, provider, year=year) if sees_all(request) else []
    domains: dict[str, list[Any]] = defaultdict(list)
    for line in lines:
        domains[line.tdf].append(line)
    ordered = sorted(domains.items(), key=lambda item: -sum(line.people or 0 for line in item[1]))
    rows = [
        {"cells": [
            {"head": True, "text": line.label, "sub": domain}, {"text": "fewer than five" if line.people is None else line.people, "number": True, "label": "Learners"},
            {"text": line.who, "label": "Who can address it"}, {"text": len(line.solutions) or "–", "number": True, "label": "Ideas"},
        ]}
        for domain, found in ordered for line in found
    ]  # fmt: skip
    table = {
        "id": "barriers", "caption": f"Barriers of {year}, by domain of behaviour", "stack": True, "filters": links(request, "office-evaluation-barriers"),
        "columns": [{"label": label, "number": label in ("Learners", "Ideas")} for label in ("Barrier", "Learners", "Who can address it", "Ideas")],
        "rows": rows, "count_text": counted(len(rows), "barrier", "barriers"),
        "empty": {"title": f"Nothing to show of {year}", "text": "Barriers are shown when five learners or more have written plans."},
    }  # fmt: skip
    years = [{"label": str(one), "url": f"?year={one}", "current": one == year} for one in range(this - 3, this + 1)]
    context = {"page_title": "Barriers", "answer": "What stands between plans and practice, and who can do something about it.", "table": table, "years": years, "lines": [line for line in lines if line.solutions and line.people], "breadcrumbs": crumbs(request)}  # fmt: skip
    return render(request, "office/surveys_barriers.html", context)


urlpatterns = [
    path("coding/", rounds, name="office-evaluation-coding"),
    path("coding/codebooks/new/", codebook, name="office-evaluation-codebook-new"),
    path("coding/codebooks/<int:codebook_id>/publish/", publish, name="office-evaluation-codebook-publish"),
    path("coding/new/", open_round, name="office-evaluation-round-new"),
    path("coding/<int:round_id>/", round_page, name="office-evaluation-round"),
    path("coding/texts/<int:text_id>/", judge, name="office-evaluation-judge"),
    path("barriers/", barriers, name="office-evaluation-barriers"),
]
