"""What follows an award: its seal, its certificate, the learner's kept sum. Each may be repeated without harm."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Sum
from django.urls import reverse

from lifelong.formats import certificate
from lifelong.kernel import clock, files
from lifelong.kernel.models import Effect
from lifelong.loop.credit.ledger import seal_waiting
from lifelong.loop.credit.models import Award, Certificate, CreditTotal, LedgerSeal
from lifelong.loop.credit.systems import amount_text, body_of
from lifelong.loop.designation.models import Designation, RequiredStatement
from lifelong.rules.books import BookError, load_book

LOOK_AGAIN = dt.timedelta(minutes=10)
ALWAYS_PRINTED = ("joint_accreditation", "accreditation")  # besides these: the statement of the credit that was awarded


def seal_ledger(award_id: int) -> None:
    """Bring the chain up to this award, and whatever else waits."""
    if not LedgerSeal.objects.filter(award_id=award_id).exists():
        seal_waiting()


def keep_total(award_id: int) -> None:
    """The learner's credit of the year in this system, summed anew."""
    award = Award.objects.only("person_id", "earned_on", "credit_system").get(pk=award_id)
    key = {"person_id": award.person_id, "credit_system": award.credit_system}
    # the row is held before the sum is made, so that of two sums at once the later one is kept
    list(CreditTotal.objects.select_for_update().filter(**key, year=award.earned_on.year))
    total = Award.objects.filter(**key, earned_on__year=award.earned_on.year).aggregate(total=Sum("amount"))["total"]
    CreditTotal.objects.update_or_create(**key, year=award.earned_on.year, defaults={"amount": total or Decimal(0)})


def make_certificate(award_id: int) -> None:
    """The PDF with the amount that the award stands at after this entry; nothing for credit that was taken back."""
    award = Award.objects.select_related("person__profile", "activity__provider", "session", "designation").get(
        pk=award_id
    )
    if Certificate.objects.filter(award=award).exists():
        return
    if award.activity.provider.credit_paused_at is not None:  # the stop switch holds papers too; look again later
        later = clock.now() + LOOK_AGAIN
        Effect.objects.create(name="make_certificate", subject_id=award.pk, due_at=later)
        return
    earlier = Award.objects.filter(**award.claim_key, pk__lte=award.pk)
    amount = earlier.aggregate(total=Sum("amount"))["total"]
    if amount <= 0:
        return
    content = certificate.render(certificate_facts(award, amount))
    file = files.store(content, f"certificate-{award.serial}.pdf", "application/pdf")
    Certificate.objects.get_or_create(award=award, defaults={"file": file, "made_at": clock.now()})


def certificate_facts(award: Award, amount: Decimal) -> certificate.CertificateFacts:
    """What is printed for an award that stands at `amount`."""
    activity = award.activity
    title = activity.title if award.session is None else f"{activity.title}: {award.session.title}"
    is_credit = body_of(award.credit_system) != "participation"
    on = award.earned_on
    printed = (*ALWAYS_PRINTED, body_of(award.credit_system))
    statements = RequiredStatement.objects.filter(activity=activity, kind__in=printed).values_list("text", flat=True)
    return certificate.CertificateFacts(
        learner=award.person.full_name,
        provider=activity.provider.name,
        activity=title,
        format_word=_format_word(activity.format, is_series=activity.is_series),
        date_text=f"{on.day} {on:%B %Y}",
        place=activity.place,
        serial=award.serial,
        verify_url=settings.BASE_URL.rstrip("/") + reverse("public-verify", args=[award.serial]),
        issued_on=award.awarded_at.astimezone(ZoneInfo(activity.time_zone)).date(),
        credit_lines=tuple(_credit_lines(award, amount)),
        statements=tuple(statements),
        profession=getattr(getattr(award.person, "profile", None), "profession", "").replace("_", " "),
        kind=certificate.Kind.CREDIT if is_credit else certificate.Kind.PARTICIPATION,
        accent=activity.provider.accent,
        reference=award.designation.uan,
        signatory_role=activity.provider.office_name,
    )


def _credit_lines(award: Award, amount: Decimal) -> list[str]:
    """The amount claimed, in the words of its system; a certificate of participation names what the activity was designated for."""
    body = body_of(award.credit_system)
    if body == "participation":
        ama = [
            row
            for row in Designation.objects.filter(activity_id=award.activity_id, withdrawn_at=None)
            if body_of(row.credit_system) == "ama"
        ]
        return [f"This activity was designated for {certificate.ama_credit_line(ama[0].maximum)}"] if ama else []
    if body == "ama":
        return [certificate.ama_credit_line(amount)]
    return [f"{amount_text(amount)} {award.designation.unit}"]


def _format_word(format_key: str, *, is_series: bool) -> str:
    """The word that the credit system asks for (book `ama`): live activity, enduring material ..."""
    try:
        words = load_book("ama").table("format.words")
    except BookError:
        return "activity"
    kind = "series" if is_series else format_key.split("_")[0]
    return str(words.get(kind) or words.get("live", "activity"))
