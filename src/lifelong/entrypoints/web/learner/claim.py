"""Claiming credit: what can be claimed, and the claim itself in the steps of the credit system."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import credit
from lifelong.loop.credit import actions, reads
from lifelong.loop.evaluation import reads as evaluation
from lifelong.rules.claim import parse_amount


class ClaimForm(forms.Form):
    """How much of one credit. The rule decides when it is sent; `_offered` tells the browser what the rule allows."""

    amount = forms.CharField(max_length=20, label="How much of it did you take part in?")

    def clean_amount(self) -> Decimal:
        read = parse_amount(self.cleaned_data["amount"])
        if isinstance(read, Decimal):
            return read
        raise forms.ValidationError(f"{read.sentence} {read.next_step}")


def _offered(offer: reads.Offer, sent: ClaimForm | None) -> ClaimForm:
    """The form of one offer: what was typed and refused, else the most that may be claimed."""
    form = sent or ClaimForm(prefix=str(offer.designation_id), initial={"amount": credit(offer.most)})
    amount, step = form.fields["amount"], str(offer.increment)
    amount.help_text = f"In steps of {credit(offer.increment)}, up to {credit(offer.most)} {offer.unit}."
    amount.widget = forms.NumberInput(attrs={"min": step, "max": str(offer.most), "step": step, "inputmode": "decimal"})
    return form


@page(signed_in=True)
def claims(request: HttpRequest) -> HttpResponse:
    """Everything that can be claimed, the first to close first."""
    lines = reads.claimable(request.user)  # type: ignore[arg-type]  # a page of a signed-in person
    answer = f"{len(lines)} to claim; the first closes first." if lines else "Nothing to claim right now."
    return render(
        request, "learner/claims.html", {"page_title": "Claim credit", "answer": answer, "waiting": waiting(lines)}
    )


def waiting(lines: list[reads.Claimable]) -> list[dict[str, Any]]:
    """Open claims as lines of "what waits for me"."""
    found = []
    for line in lines:
        name = "learner-evaluate" if line.needs_evaluation else "learner-claim"
        verb = "Evaluate, then claim" if line.needs_evaluation else "Claim"
        found.append(
            {
                "what": f"{verb} {credit(line.maximum)} {line.label}",
                "why": f"{line.session_title} · {line.provider_name}" + (" · claims are paused" if line.paused else ""),
                "url": reverse(name, args=[line.attendance_id]),
                "closes": line,
            }
        )
    return found


@page(signed_in=True)
def claim(request: HttpRequest, attendance_id: int) -> HttpResponse:
    """The claim for one session attended. What is sent goes straight to the rule; offers are worked out for a page that is shown."""
    viewer = viewer_of(request)
    attendance = evaluation.own_attendance(viewer, attendance_id)
    asked = request.POST.get("designation", "") if request.method == "POST" else ""
    sent = ClaimForm(request.POST, prefix=asked) if asked.isdecimal() and len(asked) < 19 else None
    if sent is not None and sent.is_valid():
        amount, chosen = sent.cleaned_data["amount"], int(asked)
        award = apply(sent, lambda: actions.claim_credit(viewer, attendance, designation_id=chosen, amount=amount))
        if award is not None:
            unit = award.designation.unit
            messages.success(request, f"You hold {credit(amount)} {unit} for {attendance.session.title}.")
            return redirect("learner-claimed", attendance_id=attendance.pk)
    offers = reads.offers(viewer, attendance)
    if sent is not None and not any(offer.open and asked == str(offer.designation_id) for offer in offers):
        messages.error(
            request, " ".join(str(text) for texts in sent.errors.values() for text in texts)
        )  # no form is left to say it
    needs_evaluation = attendance.session.activity.evaluation_required and not hasattr(attendance, "evaluation_done")
    context = {
        "page_title": f"Claim credit for {attendance.session.title}",
        "kicker": attendance.session.activity.title,
        "attendance": attendance,
        "offers": [(offer, _offered(offer, sent if asked == str(offer.designation_id) else None)) for offer in offers],
        "steps": _steps(needs_evaluation, any(offer.held is not None for offer in offers), attendance.pk),
        "evaluate_url": reverse("learner-evaluate", args=[attendance.pk]) if needs_evaluation else "",
    }
    return render(request, "learner/claim.html", context, status=422 if sent is not None else 200)


def _steps(needs_evaluation: bool, has_credit: bool, attendance_id: int) -> list[dict[str, str]]:
    evaluate = {"label": "Evaluate", "state": "current" if needs_evaluation else "done"}
    if needs_evaluation:
        evaluate["url"] = reverse("learner-evaluate", args=[attendance_id])
    claimed = "done" if has_credit else "later" if needs_evaluation else "current"
    return [{"label": "Attend", "state": "done"}, evaluate, {"label": "Claim", "state": claimed}]


@page(signed_in=True)
def claimed(request: HttpRequest, attendance_id: int) -> HttpResponse:
    """What the learner holds for a session, with its certificate."""
    viewer = viewer_of(request)
    attendance = evaluation.own_attendance(viewer, attendance_id)
    held = [offer for offer in reads.offers(viewer, attendance) if offer.held is not None]
    if not held:
        return redirect("learner-claim", attendance_id=attendance.pk)
    cards = [
        {
            "title": f"{credit(offer.held)} {offer.label}",
            "text": f"for {attendance.session.title}",
            "note": f"Certificate {offer.serial}",
            "action": {"url": reverse("learner-certificate", args=[offer.serial]), "label": "Open the certificate"},
        }
        for offer in held
    ]
    return render(
        request, "learner/claimed.html", {"page_title": "Credit awarded", "cards": cards, "attendance": attendance}
    )


urlpatterns = [
    path("claim/", claims, name="learner-claims"),
    path("claim/<int:attendance_id>/", claim, name="learner-claim"),
    path("claim/<int:attendance_id>/done/", claimed, name="learner-claimed"),
]
