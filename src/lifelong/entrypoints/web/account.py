"""A person's own page: name and profile, phone, consent; signing in; the made-up people of a demo."""

from __future__ import annotations

from typing import Any

from allauth.account import views as library
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.formats import qr
from lifelong.kernel.problems import NotFound
from lifelong.loop.people import actions, reads

PROFESSIONS = (
    ("", "Choose"),
    ("physician", "Physician"),
    ("pa", "Physician assistant or associate"),
    ("advanced_practice_nurse", "Advanced practice nurse"),
    ("nurse", "Nurse"),
    ("pharmacist", "Pharmacist"),
    ("pharmacy_technician", "Pharmacy technician"),
    ("allied_health", "Allied health"),
    ("healthcare_professional", "Other health professional"),
    ("student", "Student"),
    ("community", "Member of the community"),
)
LEVELS = (("student", "Student"), ("resident", "Resident"), ("fellow", "Fellow"), ("practising", "Practising"))
#: body -> what consent to it means
BODIES = {
    "PARS": "Send my physician credit to the ACCME's system, from which boards and states read it.",
    "CPE Monitor": "Send my pharmacy credit to CPE Monitor.",
    "CE Broker": "Send my credit to CE Broker, where my state board uses it.",
}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class ProfileForm(forms.Form):
    """What credit and reporting need to know. Checked again, in the same words, by the action."""

    given_name = forms.CharField(max_length=80, required=False, label="Given name")
    family_name = forms.CharField(max_length=80, label="Family name", help_text="As it should stand on a certificate.")
    suffix = forms.CharField(
        max_length=30, required=False, label="After the name", help_text="Such as MD, RN or PharmD."
    )
    profession = forms.ChoiceField(
        choices=PROFESSIONS, label="Profession", help_text="Decides which credit you can claim."
    )
    specialty = forms.CharField(max_length=80, required=False, label="Specialty")
    career_level = forms.ChoiceField(choices=LEVELS, label="Career level")
    city = forms.CharField(max_length=80, required=False, label="Town or city")
    state = forms.CharField(max_length=2, required=False, label="State", help_text="Two letters.")
    country = forms.CharField(max_length=2, label="Country", help_text="Two letters, such as US.")
    npi = forms.CharField(max_length=10, required=False, label="NPI", help_text="Ten digits, if you have one.")
    licence_state = forms.CharField(max_length=2, required=False, label="State of your licence")
    licence_number = forms.CharField(max_length=20, required=False, label="Number of your licence")
    birth_month_day = forms.CharField(
        max_length=4,
        required=False,
        label="Month and day of birth",
        help_text="Four digits, 0412 for 12 April. Never the year.",
    )
    nabp_profile_id = forms.CharField(
        max_length=12, required=False, label="NABP e-Profile ID", help_text="For pharmacists and technicians."
    )
    is_alumnus = forms.BooleanField(required=False, label="I graduated from this school")


class PhoneForm(forms.Form):
    number = forms.CharField(
        max_length=24, label="Phone number", widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=6,
        label="The six digits we sent",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


@page(signed_in=True)
def profile(request: HttpRequest) -> HttpResponse:
    """One's own profile, phones and consents."""
    viewer = viewer_of(request)
    person = reads.own(viewer)
    form = ProfileForm(request.POST or None, initial=reads.full_profile(person))
    if request.method == "POST" and form.is_valid():
        saved = apply(form, lambda: actions.save_profile(viewer, person, **form.cleaned_data))
        if saved is not None:
            messages.success(request, "Your profile is saved.")
            return redirect("account-profile")
    given = {consent.body: consent for consent in reads.consents(person)}
    context = {
        "page_title": "Your profile",
        "form": form,
        "person": person,
        "phones": reads.phones(person),
        "consents": [{"body": body, "meaning": meaning, "given": given.get(body)} for body, meaning in BODIES.items()],
    }
    return render(request, "account/profile.html", context, status=422 if form.errors else 200)


@page(signed_in=True)
def phone(request: HttpRequest) -> HttpResponse:
    """Link a phone: a code is sent to it."""
    viewer = viewer_of(request)
    person = reads.own(viewer)
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = apply(form, lambda: actions.link_phone(viewer, person, number=form.cleaned_data["number"]))
        if row is not None:
            return redirect("account-phone-code", phone_id=row.pk)
    context = {"page_title": "Link a phone", "form": form, "label": "Send me a code"}
    context["answer"] = "Then you can check in to a session by texting its code."
    return render(request, "account/phone.html", context, status=422 if form.errors else 200)


@page(signed_in=True)
def phone_code(request: HttpRequest, phone_id: int) -> HttpResponse:
    """Prove the phone with the code."""
    viewer = viewer_of(request)
    row = reads.own_phone(viewer, phone_id)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        proven = apply(form, lambda: actions.verify_phone(viewer, row, code=form.cleaned_data["code"]))
        if proven is not None:
            messages.success(request, f"{row.number} is yours now.")
            return redirect("account-profile")
    context = {
        "page_title": "Type the code",
        "form": form,
        "label": "Link this phone",
        "answer": f"We sent six digits to {row.number}.",
    }
    if settings.DEMO and row.verify_code:
        context["demo_code"] = row.verify_code  # a demo sends no text messages
    return render(request, "account/phone.html", context, status=422 if form.errors else 200)


@page(signed_in=True)
def phone_unlink(request: HttpRequest, phone_id: int) -> HttpResponse:
    """Let go of a phone (POST)."""
    viewer = viewer_of(request)
    row = reads.own_phone(viewer, phone_id)
    if request.method == "POST":
        number = row.number
        actions.unlink_phone(viewer, row)
        messages.success(request, f"{number} is no longer linked.")
    return redirect("account-profile")


@page(signed_in=True)
def consent(request: HttpRequest) -> HttpResponse:
    """Give or withdraw consent to report to one body (POST)."""
    viewer = viewer_of(request)
    person, body = reads.own(viewer), request.POST.get("body", "")
    if request.method == "POST" and body in BODIES:
        if request.POST.get("give") == "yes":
            actions.give_consent(viewer, person, body=body)
            messages.success(request, f"Your credit will be sent to {body}.")
        else:
            actions.withdraw_consent(viewer, person, body=body)
            messages.success(request, f"Nothing more will be sent to {body}.")
    return redirect("account-profile")


# --- signing in -----------------------------------------------------------------------------------------------------------


@page(signed_in=True)
def totp_qr(request: HttpRequest) -> HttpResponse:
    """The picture for an authenticator app, while one is being set up. An image of our own: pages may show no `data:` image."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        return redirect("mfa_activate_totp")
    drawn = qr.svg(get_adapter().build_totp_url(request.user, secret), "For your authenticator app")
    return HttpResponse(drawn, content_type="image/svg+xml")


class SignIn(library.LoginView):  # type: ignore[misc]  # the library is untyped
    """The library's page, with the made-up people beside it where the installation is a demo."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        context["demo_programs"] = _demo_programs() if settings.DEMO else []
        context["next"] = self.request.GET.get("next", "")
        return context


def _demo_programs() -> list[tuple[str, list[reads.DemoPerson]]]:
    programs: dict[str, list[reads.DemoPerson]] = {}
    for one in reads.demo_people():
        programs.setdefault(one.program or "The installation", []).append(one)
    return list(programs.items())


@page(anyone=True)
def demo(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the made-up people (POST); not there unless the installation is a demo."""
    if not settings.DEMO:
        raise NotFound
    if request.method != "POST":
        context = {"page_title": "Try Lifelong", "demo_programs": _demo_programs(), "next": request.GET.get("next", "")}
        return render(request, "account/demo.html", context)
    chosen = request.POST.get("person", "")
    if not chosen.isdecimal() or not reads.is_demo_person(int(chosen)):
        raise NotFound("person")  # never a way into a real account
    person = reads.person(int(chosen))
    login(request, person, backend=BACKEND)
    wanted = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if here and wanted else "/home/")


urlpatterns = [
    path("me/profile/", profile, name="account-profile"),
    path("me/profile/phone/", phone, name="account-phone"),
    path("me/profile/phone/<int:phone_id>/", phone_code, name="account-phone-code"),
    path("me/profile/phone/<int:phone_id>/unlink/", phone_unlink, name="account-phone-unlink"),
    path("me/profile/consent/", consent, name="account-consent"),
    path("account/demo/", demo, name="account-demo"),
    path("account/2fa/totp/qr.svg", totp_qr, name="account-totp-qr"),
    path("account/login/", SignIn.as_view(), name="account_login"),
]
