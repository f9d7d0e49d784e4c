"""Activities as the JSON document of PARS (schema v0.1.2) and back. One internal record, two serialisers: see `activity_xml`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from lifelong.formats.pars.records import (
    Activity,
    ActivityAction,
    BoardRegistration,
    Keyword,
    MeasuredOutcome,
    MonetarySupport,
    Outline,
    Pharmacy,
    Place,
    Rems,
)
from lifelong.formats.pars.vocabulary import DIALECT, Dialect
from lifelong.formats.pars.wire import Node, compact, day, load, midnight, number

_OUR_ID, _THEIR_ID, _URL = "Provider Activity ID", "ACCME Activity ID", "URL"


def write_activities(activities: Iterable[Activity], dialect: Dialect = DIALECT) -> bytes:
    """The UTF-8 document. Unknown fields (None, empty) are left out; dates go out at midnight (PARS-14)."""
    body = [_activity(activity, dialect) for activity in activities]
    document = {"ACCMEActivities": {"MedicalEducationMetrics": body}}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def read_activities(data: bytes, dialect: Dialect = DIALECT) -> tuple[Activity, ...]:
    """The activities of a document as `write_activities` writes it. Raises `Unreadable` naming the place that is wrong."""
    metrics = load(data).node("ACCMEActivities").nodes("MedicalEducationMetrics")
    return tuple(_read(node, dialect) for node in metrics)


def _activity(a: Activity, dialect: Dialect) -> dict[str, Any]:
    return {
        "ReportDescription": compact({"ReportingStartDate": day(a.starts_on), "ReportingEndDate": day(a.ends_on)}),
        "ActivityDescription": compact(
            {
                "commercialSupportAmount": [
                    {"currency": s.currency, "supportSource": s.source, "value": s.amount} for s in a.monetary_support
                ]
            }
        ),
        "Lom": {
            "general": compact(
                {
                    "identifier": [
                        {"catalog": catalog, "entry": entry}
                        for catalog, entry in (
                            (_THEIR_ID, a.accme_activity_id),
                            (_OUR_ID, a.provider_activity_id),
                            (_URL, a.url),
                        )
                        if entry
                    ],
                    "title": a.title,
                    "description": a.description,
                    "keyword": [{"id": k.id, "source": k.source, "string": k.text} for k in a.keywords],
                }
            )
        },
        "healthcareMetadata": {"healthcareEducation": _education(a, dialect)},
        dialect.participation_key: {
            "participantsByCategory": [{"category": c, "numberOfParticipants": n} for c, n in a.counts]
        },
        "XtensibleInfo": _extension(a, dialect),
    }


def _education(a: Activity, dialect: Dialect) -> dict[str, Any]:
    specialties = [*a.specialties, *(area for board in a.boards for area in board.practice_areas)]
    return compact(
        {
            "credits": compact(
                {
                    "activityCertification": a.credit_type,
                    "numberOfCredits": number(a.credits),
                    "nonAccreditedProvider": list(a.joint_providers),
                }
            ),
            "activityLocation": a.place
            and compact({"city": a.place.city, "stateOrProvince": a.place.state, "country": a.place.country}),
            "startDateTime": midnight(a.starts_on, dialect),
            "endDateTime": midnight(a.ends_on, dialect),
            "activitySponsorship": a.providership,
            "activityFormat": a.format,
            "commercialSupport": a.commercial_support,
            "targetAudience": compact(
                {"profession": list(a.target_professions), "specialty": list(dict.fromkeys(specialties))}
            ),
        }
    )


def _extension(a: Activity, dialect: Dialect) -> dict[str, Any]:
    return compact(
        {
            "ProviderID": a.provider_id,
            "isInterprofessional": a.interprofessional,
            "CommendationTags": compact({"CommendationTag": list(a.commendation_tags)}),
            "InKindSupports": compact({"InKindSupport": [{"source": source} for source in a.in_kind_support]}),
            "DeliveryMethods": compact({"DeliveryMethod": list(a.delivery_methods)}),
            "MeasuredOutcomes": [{"MeasuredOutcome": o.level, "MeasurementType": list(o.kinds)} for o in a.outcomes],
            "MOCRegistrations": compact({"MOCRegistration": [_board(board) for board in a.boards]}),
            "ContentOutlines": compact({"ContentOutlineSelections": [_outline(outline) for outline in a.outlines]}),
            "ForPublicList": a.listed_publicly,
            "FeeForParticipation": a.fee.replace("'", dialect.apostrophe),
            "ActivityRegistration": a.registration,
            "IsMeritBasedIncentivePaymentSystem": a.mips,
            "REMS": a.rems and {"REMSType": a.rems.kind, "REMSRelatedIdentifier": a.rems.identifier},
            **(_pharmacy(a.pharmacy) if a.pharmacy else {}),
            "HasStateContentTags": True if a.state_content else None,
            "StateContentTags": compact(
                {
                    "StateContent": [
                        {"StateContentDomain": domain, "StateContentTopic": topic} for domain, topic in a.state_content
                    ]
                }
            ),
            "activityRecordAction": a.action.value,
            "closeActivityRecord": a.close,
        }
    )


def _board(board: BoardRegistration) -> dict[str, Any]:
    return compact(
        {
            "boardName": board.board,
            "mocPoints": number(board.points),
            "MOCCreditType": list(board.credit_types),
            "CreditClaimDate": day(board.claim_by),
        }
    )


def _outline(outline: Outline) -> dict[str, Any]:
    keys = [{"ContentKeyword": keyword, "ContentKeywordValue": value} for keyword, value in outline.keys]
    return {"ContentOutlineSource": outline.source, "ContentOutlineKeys": keys}


def _pharmacy(p: Pharmacy) -> dict[str, Any]:
    return {
        "PharmacyActivityType": p.activity_type,
        "PharmacyActivityTopic": p.topic,
        "PharmacyLiveDate": day(p.live_on),
        "PharmacySequenceNumber": p.sequence_number,
        "UANPharmacy": p.uan_pharmacist,
        "UANPharmacyTech": p.uan_technician,
        "HasPharmacyRecertifications": p.has_recertifications,
        "PharmacyRecertificationRequirements": [
            {"PharmacyAudience": audience, "PharmacyRequirement": need} for audience, need in p.recertifications
        ],
        "HasPharmacyContentTags": p.has_content_tags,
        "PharmacyContentTags": compact(
            {"PharmacyState": list(p.content_states), "PharmacyContentTopic": list(p.content_topics)}
        ),
    }


def _read(node: Node, dialect: Dialect) -> Activity:
    general = node.node("Lom").node("general")
    ids = {entry.text("catalog"): entry.text("entry") for entry in general.nodes("identifier")}
    education = node.node("healthcareMetadata").node("healthcareEducation")
    more = node.node("XtensibleInfo")
    paid = education.node("credits")
    audience = education.node("targetAudience")
    boards = tuple(
        BoardRegistration(
            board=board.text("boardName"),
            points=board.amount("mocPoints") or Decimal(0),
            credit_types=board.texts("MOCCreditType"),
            practice_areas=audience.texts("specialty"),  # the document keeps one list for all boards
            claim_by=board.day("CreditClaimDate"),
        )
        for board in more.node("MOCRegistrations").nodes("MOCRegistration")
    )
    return Activity(
        provider_activity_id=ids.get(_OUR_ID, ""),
        accme_activity_id=ids.get(_THEIR_ID, ""),
        url=ids.get(_URL, ""),
        title=general.text("title"),
        description=general.text("description"),
        keywords=tuple(Keyword(k.text("id"), k.text("source"), k.text("string")) for k in general.nodes("keyword")),
        format=education.text("activityFormat"),
        starts_on=education.midnight("startDateTime"),
        ends_on=education.midnight("endDateTime"),
        credit_type=paid.text("activityCertification"),
        credits=paid.amount("numberOfCredits"),
        joint_providers=paid.texts("nonAccreditedProvider"),
        providership=education.text("activitySponsorship"),
        place=_place(education.node("activityLocation")),
        commercial_support=education.flag("commercialSupport"),
        target_professions=audience.texts("profession"),
        specialties=audience.texts("specialty"),
        monetary_support=tuple(
            MonetarySupport(s.text("supportSource"), s.whole("value"), s.text("currency"))
            for s in node.node("ActivityDescription").nodes("commercialSupportAmount")
        ),
        counts=tuple(
            (count.text("category"), count.whole("numberOfParticipants"))
            for count in node.node(dialect.participation_key).nodes("participantsByCategory")
        ),
        boards=boards,
        rems=Rems(more.node("REMS").text("REMSType"), more.node("REMS").text("REMSRelatedIdentifier"))
        if more.has("REMS")
        else None,
        pharmacy=_read_pharmacy(more) if more.has("PharmacyActivityType") else None,
        **_read_extension(more, dialect),
    )


def _read_extension(more: Node, dialect: Dialect) -> Mapping[str, Any]:
    return {
        "provider_id": more.text("ProviderID"),
        "interprofessional": more.flag("isInterprofessional"),
        "commendation_tags": more.node("CommendationTags").texts("CommendationTag"),
        "in_kind_support": tuple(each.text("source") for each in more.node("InKindSupports").nodes("InKindSupport")),
        "delivery_methods": more.node("DeliveryMethods").texts("DeliveryMethod"),
        "outcomes": tuple(
            MeasuredOutcome(each.text("MeasuredOutcome"), each.texts("MeasurementType"))
            for each in more.nodes("MeasuredOutcomes")
        ),
        "outlines": tuple(
            Outline(
                each.text("ContentOutlineSource"),
                tuple(
                    (k.text("ContentKeyword"), k.text("ContentKeywordValue")) for k in each.nodes("ContentOutlineKeys")
                ),
            )
            for each in more.node("ContentOutlines").nodes("ContentOutlineSelections")
        ),
        "listed_publicly": more.flag("ForPublicList"),
        "fee": more.text("FeeForParticipation").replace(dialect.apostrophe, "'"),
        "registration": more.text("ActivityRegistration"),
        "mips": more.flag("IsMeritBasedIncentivePaymentSystem"),
        "state_content": tuple(
            (each.text("StateContentDomain"), each.text("StateContentTopic"))
            for each in more.node("StateContentTags").nodes("StateContent")
        ),
        "action": more.choice("activityRecordAction", ActivityAction),
        "close": more.flag("closeActivityRecord") or False,
    }


def _read_pharmacy(more: Node) -> Pharmacy:
    tags = more.node("PharmacyContentTags")
    return Pharmacy(
        activity_type=more.text("PharmacyActivityType"),
        topic=more.text("PharmacyActivityTopic"),
        sequence_number=more.text("PharmacySequenceNumber"),
        uan_pharmacist=more.text("UANPharmacy"),
        uan_technician=more.text("UANPharmacyTech"),
        live_on=more.day("PharmacyLiveDate"),
        has_recertifications=more.text("HasPharmacyRecertifications"),
        recertifications=tuple(
            (need.text("PharmacyAudience"), need.text("PharmacyRequirement"))
            for need in more.nodes("PharmacyRecertificationRequirements")
        ),
        has_content_tags=more.text("HasPharmacyContentTags"),
        content_states=tags.texts("PharmacyState"),
        content_topics=tags.texts("PharmacyContentTopic"),
    )


def _place(node: Node) -> Place | None:
    if not node.present:
        return None
    return Place(city=node.text("city"), country=node.text("country"), state=node.text("stateOrProvince"))
