"""What we know of credit as promised, and of the statements that go with it."""

from __future__ import annotations

from dataclasses import dataclass

from lifelong.kernel import clock
from lifelong.loop.designation.credit import ACPE_TYPES, credit_format
from lifelong.loop.designation.gates import BEFORE_PUBLICATION, accreditor_of, gate_facts
from lifelong.loop.designation.models import Designation, RequiredStatement
from lifelong.loop.planning.models import Activity
from lifelong.rules.books import Status
from lifelong.rules.gates import Gate, GateFacts, GateState, facts_missing, rail
from lifelong.rules.statements import StatedCredit, Statement, StatementFacts
from lifelong.rules.statements import statements as rendered
from lifelong.rules.verdict import Reason


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A statement as printed: frozen at publication, or as it would be printed now."""

    kind: str
    text: str
    status: str
    is_frozen: bool


def designations(of: Activity) -> list[Designation]:
    """The designations in force."""
    return list(of.designations.filter(withdrawn_at=None).order_by("credit_system", "profession"))


def designation(of: Activity, designation_id: int) -> Designation | None:
    return of.designations.filter(pk=designation_id).select_related("activity__provider").first()


def credit_for(of: Activity, profession: str) -> list[Designation]:
    """What a person of this profession may be awarded: their own systems first, then what is open to everybody."""
    rows = [one for one in designations(of) if one.profession in (profession, "")]
    return sorted(rows, key=lambda one: (one.profession == "", one.credit_system == "participation"))


def statements(of: Activity) -> list[ShownStatement]:
    """The statements of an activity: the newest frozen set, or, before publication, as they would be printed today."""
    frozen = list(RequiredStatement.objects.filter(activity=of).order_by("-frozen_at", "id"))
    if frozen:
        newest = frozen[0].frozen_at
        return [ShownStatement(row.kind, row.text, row.status, True) for row in frozen if row.frozen_at == newest]
    return [ShownStatement(one.kind, one.text, one.status.value, False) for one in render(of)]


def render(of: Activity) -> list[Statement]:
    """The mandated statements for today's designations; unconfirmed where the office has not confirmed its accreditation."""
    accreditor = accreditor_of(of)
    if accreditor is None:
        return []
    body, is_confirmed = accreditor
    word = credit_format(of)
    stated = tuple(
        StatedCredit(
            credit_system=one.credit_system, amount=one.maximum, format=word, acpe_type=ACPE_TYPES.get(one.acpe_type, ""),
            uans=(one.uan,) if one.uan else (),
        )
        for one in designations(of)
        if one.credit_system != "participation"  # a certificate of participation has no mandated wording
    )  # fmt: skip
    partner = of.joint_provider
    facts = StatementFacts(
        accreditor=body,
        provider=of.provider.name,
        partners=(partner.name,) if partner else (),
        credits=stated,
        on=clock.today(),
    )
    found = list(rendered(facts))
    if not is_confirmed:
        first = found[0]
        found[0] = Statement(first.kind, first.text, first.source, Status.UNCONFIRMED, first.italic)
    return found


def gate_rail(of: Activity) -> tuple[GateState, ...]:
    """Every gate with what is missing."""
    return rail(gate_facts(of))


def missing_to_publish(of: Activity, facts: GateFacts | None = None) -> tuple[Reason, ...]:
    """Everything that still stands between an activity and its publication, by rule id, in the order of the gates."""
    known = facts or gate_facts(of)
    gates = [
        gate for gate in BEFORE_PUBLICATION if not (gate is Gate.DESIGNATION and of.track == Activity.Track.COMMUNITY)
    ]
    return tuple(reason for gate in gates for reason in facts_missing(gate, known).blocking)
