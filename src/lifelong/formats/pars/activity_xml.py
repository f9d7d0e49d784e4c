"""Activities as XML in MEMS form: MedBiquitous metrics v1 (2008), whose sequences fix the order of elements.

The namespaces of ACCME's own wrapper and extension elements are unconfirmed and stand in the `Dialect`.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from lifelong.formats.pars.records import Activity, BoardRegistration, Pharmacy
from lifelong.formats.pars.vocabulary import DIALECT, Dialect
from lifelong.formats.pars.wire import day, midnight, number

METRICS = "http://ns.medbiq.org/metrics/v1/"
LOM = "http://ltsc.ieee.org/xsd/LOM"
HEALTHCARE = "http://ns.medbiq.org/lom/extend/v1/"
ADDRESS = "http://ns.medbiq.org/address/v1/"

for _prefix, _uri in (("mem", METRICS), ("lom", LOM), ("hx", HEALTHCARE), ("a", ADDRESS)):
    ET.register_namespace(_prefix, _uri)

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_activities_xml(activities: Iterable[Activity], dialect: Dialect = DIALECT) -> bytes:
    """The UTF-8 document. Characters that XML 1.0 cannot carry become U+FFFD; `validate_activity` reports them before."""
    root = ET.Element(f"{{{dialect.wrapper_namespace}}}ACCMEActivities")
    for activity in activities:
        _metrics(_add(root, METRICS, "MedicalEducationMetrics"), activity, dialect)
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _metrics(metrics: ET.Element, a: Activity, dialect: Dialect) -> None:
    span = _add(metrics, METRICS, "ReportDescription")
    _add(span, METRICS, "ReportingStartDate", day(a.starts_on))
    _add(span, METRICS, "ReportingEndDate", day(a.ends_on))
    described = _add(metrics, METRICS, "ActivityDescription")
    lom = _add(described, LOM, "lom")
    _general(_add(lom, LOM, "general"), a)
    _education(_add(_add(lom, HEALTHCARE, "healthcareMetadata"), HEALTHCARE, "healthcareEducation"), a, dialect)
    for support in a.monetary_support:
        money = _add(described, METRICS, "CommercialSupportAmount", str(support.amount))
        money.set("currency", _clean(support.currency))
        money.set("supportSource", _clean(support.source))
    taking_part = _add(metrics, METRICS, "ParticipationMetrics")
    for category, people in a.counts:
        _add(taking_part, METRICS, "ParticipantsByCategory", str(people)).set("category", _clean(category))
    _extension(_add(metrics, METRICS, "XtensibleInfo"), a, dialect)


def _general(general: ET.Element, a: Activity) -> None:
    for catalog, entry in (
        ("ACCME Activity ID", a.accme_activity_id),
        ("Provider Activity ID", a.provider_activity_id),
        ("URL", a.url),
    ):
        if entry:
            identifier = _add(general, LOM, "identifier")
            _add(identifier, LOM, "catalog", catalog)
            _add(identifier, LOM, "entry", entry)
    _language_string(_add(general, LOM, "title"), a.title)
    if a.description:
        _language_string(_add(general, LOM, "description"), a.description)
    for keyword in a.keywords:
        element = _add(general, LOM, "keyword")
        element.set("source", _clean(keyword.source))
        element.set("id", _clean(keyword.id))
        _language_string(element, keyword.text)


def _education(education: ET.Element, a: Activity, dialect: Dialect) -> None:
    paid = _add(education, HEALTHCARE, "credits")
    _add(paid, HEALTHCARE, "activityCertification", a.credit_type)
    for partner in a.joint_providers:
        _add(paid, HEALTHCARE, "nonAccreditedProvider", partner)
    if a.credits is not None:
        _add(paid, HEALTHCARE, "numberOfCredits", str(number(a.credits)))
    specialties = dict.fromkeys([*a.specialties, *(area for board in a.boards for area in board.practice_areas)])
    if a.target_professions or specialties:
        audience = _add(education, HEALTHCARE, "targetAudience")
        for profession in a.target_professions:
            _language_string(_add(audience, HEALTHCARE, "profession"), profession)
        for specialty in specialties:
            _language_string(_add(audience, HEALTHCARE, "specialty"), specialty)
    if a.place is not None:
        place = _add(education, HEALTHCARE, "activityLocation")
        _add(place, ADDRESS, "City", a.place.city)
        if a.place.state:
            _add(place, ADDRESS, "StateOrProvince", a.place.state)
        _add(_add(place, ADDRESS, "Country"), ADDRESS, "CountryCode", a.place.country)
    for name, value in (("startDateTime", a.starts_on), ("endDateTime", a.ends_on)):
        if value:
            _add(education, HEALTHCARE, name, midnight(value, dialect))
    if a.providership:
        _add(education, HEALTHCARE, "activitySponsorship", a.providership)
    _language_string(_add(education, HEALTHCARE, "activityFormat"), a.format)
    if a.commercial_support is not None:
        _add(education, HEALTHCARE, "commercialSupport", "yes" if a.commercial_support else "no")


def _extension(more: ET.Element, a: Activity, dialect: Dialect) -> None:
    ns = dialect.extension_namespace
    if a.provider_id:
        _add(more, ns, "ProviderID", a.provider_id)
    if a.interprofessional is not None:
        _add(more, ns, "isInterprofessional", _flag(a.interprofessional))
    _list(more, ns, "DeliveryMethods", "DeliveryMethod", a.delivery_methods)
    if a.in_kind_support:
        kinds = _add(more, ns, "InKindSupports")
        for source in a.in_kind_support:
            _add(kinds, ns, "InKindSupport").set("source", _clean(source))
    for outcome in a.outcomes:
        measured = _add(more, ns, "MeasuredOutcomes")
        _add(measured, ns, "MeasuredOutcome", outcome.level)
        for kind in outcome.kinds:
            _add(measured, ns, "MeasurementType", kind)
    _list(more, ns, "CommendationTags", "CommendationTag", a.commendation_tags)
    if a.boards:
        registrations = _add(more, ns, "MOCRegistrations")
        for board in a.boards:
            _board(_add(registrations, ns, "MOCRegistration"), ns, board)
    _outlines(more, ns, a)
    _listing(more, ns, a, dialect)
    if a.pharmacy:
        _pharmacy(more, ns, a.pharmacy)
    if a.state_content:
        _add(more, ns, "HasStateContentTags", "true")
        tags = _add(more, ns, "StateContentTags")
        for domain, topic in a.state_content:
            content = _add(tags, ns, "StateContent")
            _add(content, ns, "StateContentDomain", domain)
            _add(content, ns, "StateContentTopic", topic)
    _add(more, ns, "activityRecordAction", a.action.value)
    _add(more, ns, "closeActivityRecord", _flag(a.close))


def _outlines(more: ET.Element, ns: str, a: Activity) -> None:
    if a.outlines:
        outlines = _add(more, ns, "ContentOutlines")
        for outline in a.outlines:
            selections = _add(outlines, ns, "ContentOutlineSelections")
            _add(selections, ns, "ContentOutlineSource", outline.source)
            for keyword, value in outline.keys:
                key = _add(selections, ns, "ContentOutlineKeys")
                _add(key, ns, "ContentKeyword", keyword)
                _add(key, ns, "ContentKeywordValue", value)


def _listing(more: ET.Element, ns: str, a: Activity, dialect: Dialect) -> None:
    if a.listed_publicly is not None:
        _add(more, ns, "ForPublicList", _flag(a.listed_publicly))
    if a.fee:
        _add(more, ns, "FeeForParticipation", a.fee.replace("'", dialect.apostrophe))
    if a.registration:
        _add(more, ns, "ActivityRegistration", a.registration)
    if a.mips is not None:
        _add(more, ns, "IsMeritBasedIncentivePaymentSystem", _flag(a.mips))
    if a.rems:
        rems = _add(more, ns, "REMS")
        _add(rems, ns, "REMSType", a.rems.kind)
        _add(rems, ns, "REMSRelatedIdentifier", a.rems.identifier)


def _board(registration: ET.Element, ns: str, board: BoardRegistration) -> None:
    _add(registration, ns, "boardName", board.board)
    _add(registration, ns, "mocPoints", str(number(board.points)))
    for kind in board.credit_types:
        _add(registration, ns, "MOCCreditType", kind)
    if board.claim_by:
        _add(registration, ns, "CreditClaimDate", day(board.claim_by))


def _pharmacy(more: ET.Element, ns: str, p: Pharmacy) -> None:
    for name, value in (
        ("PharmacyActivityType", p.activity_type),
        ("PharmacyActivityTopic", p.topic),
        ("PharmacyLiveDate", day(p.live_on)),
        ("PharmacySequenceNumber", p.sequence_number),
        ("UANPharmacy", p.uan_pharmacist),
        ("UANPharmacyTech", p.uan_technician),
        ("HasPharmacyRecertifications", p.has_recertifications),
    ):
        if value:
            _add(more, ns, name, value)
    for audience, need in p.recertifications:
        requirement = _add(more, ns, "PharmacyRecertificationRequirements")
        _add(requirement, ns, "PharmacyAudience", audience)
        _add(requirement, ns, "PharmacyRequirement", need)
    if p.has_content_tags:
        _add(more, ns, "HasPharmacyContentTags", p.has_content_tags)
    if p.content_states or p.content_topics:
        tags = _add(more, ns, "PharmacyContentTags")
        for state in p.content_states:
            _add(tags, ns, "PharmacyState", state)
        for topic in p.content_topics:
            _add(tags, ns, "PharmacyContentTopic", topic)


def _list(parent: ET.Element, ns: str, outer: str, inner: str, values: tuple[str, ...]) -> None:
    if values:
        group = _add(parent, ns, outer)
        for value in values:
            _add(group, ns, inner, value)


def _language_string(parent: ET.Element, text: str) -> None:
    _add(parent, LOM, "string", text).set("language", "en")


def _add(parent: ET.Element, namespace: str, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{namespace}}}{name}")
    if text is not None:
        element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _flag(value: bool) -> str:
    return "true" if value else "false"
