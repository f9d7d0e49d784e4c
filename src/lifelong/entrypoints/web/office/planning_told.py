"""What an activity's page tells beside the plan: its terms, its audience as a matrix, the prompt for the team, who decided what."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from lifelong.entrypoints.web.office.planning_frame import may_edit
from lifelong.entrypoints.web.page import viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import when
from lifelong.kernel import clock
from lifelong.kernel.access import Permission, may
from lifelong.loop.improvement import registers
from lifelong.loop.planning import intake, reads
from lifelong.loop.program import reads as program
from lifelong.rules.gates import Gate

P = Permission
#: who reads the decisions: the office, reviewers and accreditors
DECISIONS = (P.PASS_GATE, P.SEE_AUDIT, P.REVIEW_CONTENT)
OWN_LISTS = {
    "audience": "Audience", "competency": "Competencies", "theme": "Themes", "content_domain": "Content domains",
    "content_area": "Content areas", "iom": "Core competencies",
}  # fmt: skip
REVIEWED = (("is_valid", "valid"), ("is_balanced", "balanced"), ("is_free_of_marketing", "free of marketing"))


def told(request: HttpRequest, row: Any) -> dict[str, Any]:
    """The context of these parts of the page."""
    viewer = viewer_of(request)
    found: dict[str, Any] = {
        "terms": terms(row, OWN_LISTS), "more_terms": terms(row, {one.key: one.label for one in program.shared_lists()}), "audience": audience_table(reads.audience(row)), "team": team_prompt(row) if may_edit(request, row) else None,
        "approaches": registers.approaches_used(row),
        "conditions": intake.conditions_of(row),
        "today": clock.today(row.provider.time_zone),
        "overlaps": intake.overlaps(viewer, row) if may_edit(request, row) and not row.closed_at else [],
    }  # fmt: skip
    if any(may(viewer, needs, row) for needs in DECISIONS):
        found["decisions"] = decisions(row)
    return found


def terms(row: Any, names: dict[str, str]) -> dict[str, list[str]]:
    """Name of a list -> the labels chosen from it, in the order of `names`."""
    chosen: dict[str, list[str]] = {}
    for link in row.activity_terms.all():
        chosen.setdefault(link.term.taxonomy, []).append(link.term.label)
    return {names[key]: chosen[key] for key in names if key in chosen}


def audience_table(matrix: reads.AudienceMatrix) -> dict[str, Any] | None:
    """Professions by specialties as a table; None where the activity names no specialty or no profession."""
    if not matrix.cells:
        return None
    return {
        "id": "audience", "caption": "Audience: professions by specialties", "hide_caption": True,
        "columns": [{"label": "Profession"}, *({"label": column.label} for column in matrix.specialties)],
        "rows": [
            {"cells": [
                {"head": True, "text": line.label},
                *({"text": "yes" if (line, column) in matrix.cells else "–", "label": column.label} for column in matrix.specialties),
            ]}
            for line in matrix.professions
        ],
        "count_text": "",
    }  # fmt: skip


def team_prompt(row: Any) -> dict[str, Any] | None:
    """What to think of for the whole team while it is not said; None where the program does not ask, or allied health is served."""
    asked = {term.key: term.label for term in program.terms(row.provider, "content_for")}
    chosen = {link.term.key for link in row.activity_terms.all() if link.term.taxonomy == "content_for"}
    if not asked or "allied_health" in chosen:
        return None
    missing = [label for key, label in asked.items() if key not in chosen and key != "others"]
    steps = [term.label for term in program.terms(row.provider, "team_steps")]
    done = {link.term.label for link in row.activity_terms.all() if link.term.taxonomy == "team_steps"}
    return {
        "url": reverse("office-planning-terms", args=[row.provider.slug, row.pk]),
        "missing": missing, "steps": [(label, label in done) for label in steps],
    }  # fmt: skip


def decisions(row: Any) -> list[dict[str, Any]]:
    """Every review and gate of the activity, in the order in which they were decided: what, who, when, in which words."""
    found = [
        (review.reviewed_at, f"Content review of {review.session.title if review.session else 'the whole activity'}",
         review.reviewer.full_name, _verdict(review))
        for review in row.content_reviews.select_related("reviewer", "session")
    ]  # fmt: skip
    for passed in row.gates.select_related("by"):
        word = f"{Gate(passed.gate).words}{', opened again' if passed.reopened else ''}"
        found.append((passed.at, word, passed.by.full_name if passed.by else "Lifelong", passed.reason))
    found.sort(key=lambda one: one[0])
    return [{"at": when(at, row.time_zone), "what": what, "who": who, "words": words} for at, what, who, words in found]


def _verdict(review: Any) -> str:
    held = [word for field, word in REVIEWED if getattr(review, field)]
    failed = [f"not {word}" for field, word in REVIEWED if not getattr(review, field)]
    said = ", ".join(held + failed)
    return f"{said}. {review.note}".strip() if review.note else said
