"""Completions as the JSON learner report of PARS (schema v0.5, repaired) and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from lifelong.formats.pars.records import BoardCredit, LearnerAction, LearnerCompletion
from lifelong.formats.pars.vocabulary import DIALECT, STATES, Dialect
from lifelong.formats.pars.wire import Node, Unreadable, load, midnight, number


def write_completions(
    completions: Iterable[LearnerCompletion], created_at: datetime, dialect: Dialect = DIALECT
) -> bytes:
    """The UTF-8 document. A state licence goes before an NPI as identifier; the draft has room for one of them.

    The year of birth is `dialect.birth_year`, a placeholder: PARS matches on month and day, the draft's pattern wants a year.
    """
    reports = [_report(completion, dialect) for completion in completions]
    stamp = created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"ACCMELearnerReports": {"ActivityReports": {"DateTimeCreated": stamp, "ActivityReport": reports}}}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def read_completions(data: bytes) -> tuple[LearnerCompletion, ...]:
    """The completions of a document as `write_completions` writes it. Raises `Unreadable` naming the place that is wrong."""
    reports = load(data).node("ACCMELearnerReports").node("ActivityReports").nodes("ActivityReport")
    return tuple(_read(report) for report in reports)


def _report(c: LearnerCompletion, dialect: Dialect) -> dict[str, Any]:
    return {
        "ReportingOrganization": c.provider_name,
        "Member": {
            "Name": {"GivenName": c.given_name, "FamilyName": c.family_name},
            "PersonalInfo": {"BirthDate": f"{dialect.birth_year}-{c.birth_month:02d}-{c.birth_day:02d}"},
        },
        "Activity": {
            "ProviderOrganization": c.provider_id,
            "Module": {
                "ModuleName": {"value": c.activity_title, "moduleID": c.activity_id},
                "Status": "Completed",
                "CompletedDateTime": midnight(c.completed_on, dialect),
                "CreditCertificate": _certificates(c),
            },
        },
        "XtensibleInfo": {"ProviderID": c.provider_id, "LearnerRecordAction": c.action.value},
    }


def _certificates(c: LearnerCompletion) -> list[dict[str, Any]]:
    found = []
    if c.credits is not None:
        licensed = bool(c.license_state and c.license_number)
        identifier = (c.license_number, c.license_state) if licensed or not c.npi else (c.npi, "NPI")
        found.append(_certificate(*identifier, c.credit_type, c.credits, c.credit_id))
    for index, board in enumerate(c.board_credits, 1):
        credit_id = board.credit_id or f"{c.credit_id}-{board.board.lower()}-{index}"
        found.append(_certificate(board.board_id, board.board, board.credit_type, board.points, credit_id))
    return found


def _certificate(value: str, domain: str, kind: str, amount: Decimal, credit_id: str) -> dict[str, Any]:
    return {
        "UniqueID": {"value": value, "domain": domain},
        "CreditReceived": {"activityCertification": kind, "creditUnit": "Point", "numberOfCredits": number(amount)},
        "CreditID": credit_id,
    }


def _read(report: Node) -> LearnerCompletion:
    name = report.node("Member").node("Name")
    month, day = _month_and_day(report.node("Member").node("PersonalInfo"))
    module = report.node("Activity").node("Module")
    completed_on = module.midnight("CompletedDateTime")
    if completed_on is None:
        raise Unreadable(f"{module.at}.CompletedDateTime is missing.", f"{module.at}.CompletedDateTime")
    certificates = module.nodes("CreditCertificate")
    cme = [each for each in certificates if _is_cme(each)]
    boards = tuple(_board_credit(each) for each in certificates if not _is_cme(each))
    first = cme[0] if cme else Node({}, module.at, present=False)
    domain = first.node("UniqueID").text("domain")
    value = first.node("UniqueID").text("value")
    return LearnerCompletion(
        credit_id=first.text("CreditID") or (boards[0].credit_id if boards else ""),
        activity_id=module.node("ModuleName").text("moduleID"),
        activity_title=module.node("ModuleName").text("value"),
        completed_on=completed_on,
        given_name=name.text("GivenName"),
        family_name=name.text("FamilyName"),
        birth_month=month,
        birth_day=day,
        provider_id=report.node("Activity").text("ProviderOrganization"),
        provider_name=report.text("ReportingOrganization"),
        credits=first.node("CreditReceived").amount("numberOfCredits"),
        credit_type=first.node("CreditReceived").text("activityCertification") or "AMA PRA Category 1",
        license_state=domain if domain != "NPI" else "",
        license_number=value if domain != "NPI" else "",
        npi=value if domain == "NPI" else "",
        board_credits=boards,
        action=report.node("XtensibleInfo").choice("LearnerRecordAction", LearnerAction),
    )


def _is_cme(certificate: Node) -> bool:
    """Whether a certificate goes to the state boards (NPI, a state, or no identifier at all) and not to a certifying board."""
    return certificate.node("UniqueID").text("domain") in {"", "NPI", *STATES}


def _board_credit(certificate: Node) -> BoardCredit:
    received = certificate.node("CreditReceived")
    return BoardCredit(
        board=certificate.node("UniqueID").text("domain"),
        board_id=certificate.node("UniqueID").text("value"),
        credit_type=received.text("activityCertification"),
        points=received.amount("numberOfCredits") or Decimal(0),
        credit_id=certificate.text("CreditID"),
    )


def _month_and_day(person: Node) -> tuple[int, int]:
    """Month and day as they stand, even if no such day exists: that is for the rules to refuse."""
    parts = person.text("BirthDate").split("-")
    if len(parts) < 2 or not all(part.isdecimal() for part in parts):
        return 0, 0
    return int(parts[-2]), int(parts[-1])
