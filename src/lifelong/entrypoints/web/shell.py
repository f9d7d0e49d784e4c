"""What every page has around it: viewer, provider, navigation by audience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from lifelong.entrypoints.web.page import viewer_of
from lifelong.kernel.access import NOBODY, Actor, Permission, Role, may
from lifelong.loop.program import reads as program

if TYPE_CHECKING:
    from lifelong.loop.planning.models import Activity
    from lifelong.loop.program.models import AccreditedProvider

P = Permission
# The office's navigation is the loop, in its order: (key, label, permission to see it)
LOOP = (
    ("needs", "Needs", P.SEE_NEEDS),
    ("planning", "Planning", P.SEE_PLANNING),
    ("independence", "Independence", P.SEE_DISCLOSURES),
    ("delivery", "Delivery", P.SEE_DELIVERY),
    ("credit", "Credit", P.SEE_CREDIT),
    ("evaluation", "Evaluation", P.SEE_EVALUATION),
    ("outcomes", "Outcomes", P.SEE_OUTCOMES),
    ("reporting", "Reporting", P.SEE_REPORTING),
    ("improvement", "Improvement", P.SEE_IMPROVEMENT),
)


@dataclass(frozen=True, slots=True)
class NavItem:
    key: str
    label: str
    url: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Another audience the viewer may enter."""

    label: str
    url: str
    icon: str
    current: bool = False


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template. Asks nothing of the database beyond what the page already asked."""
    # the library's pages and those of faults declare no access of ours; who is signed in is so there, too
    viewer = viewer_of(request) if hasattr(request, "user") else NOBODY
    provider: AccreditedProvider | None = getattr(request, "provider", None)
    in_office = request.path.startswith("/office/") and provider is not None
    return {
        "viewer": viewer if viewer.person_id else None,
        "provider": provider,
        "nav": navigation(request.path, viewer, provider),
        "places": places(request.path, viewer) if viewer.person_id else [],
        "search_url": f"/office/{provider.slug}/planning/"
        if in_office and provider and viewer.grants_for(P.SEE_PLANNING, provider.pk)
        else "",
        "search_text": request.GET.get("q", ""),
        "nav_more": beside_the_loop(request.path, viewer, provider) if in_office and provider else [],
    }


def reachable(viewer: Actor, thing: AccreditedProvider | Activity, url: str) -> str:
    """An address inside the office, or nothing where this person may not go: no link leads to a page that answers "not found".

    `thing`: the activity the page is about, or the provider. Needs belong to the whole provider in any case.
    """
    key = url.split("/")[3] if url.startswith("/office/") else ""
    needs = next((permission for name, _, permission in LOOP if name == key), None)
    provider = getattr(thing, "provider", thing)
    return url if needs is None or may(viewer, needs, provider if key == "needs" else thing) else ""


def places(path: str, viewer: Actor) -> list[Place]:
    """Where this person may go: own education, offices, leadership pages."""
    found = [Place("My education", "/me/", "transcript", path.startswith("/me/"))]
    names = program.provider_names()
    for provider_id in sorted(
        viewer.provider_ids(), key=lambda number: names[number].short_name if number in names else ""
    ):
        name = names.get(provider_id)
        if name is None:
            continue
        if viewer.grants_for(P.SEE_OFFICE, provider_id):
            url = f"/office/{name.slug}/"
            found.append(Place(f"{name.short_name} office", url, "planning", path.startswith(url)))
        if viewer.grants_for(P.SEE_MISSION_RESULTS, provider_id):
            url = f"/lead/{name.slug}/"
            found.append(Place(f"{name.short_name} mission", url, "improvement", path.startswith(url)))
    return found


def beside_the_loop(path: str, viewer: Actor, provider: AccreditedProvider) -> list[NavItem]:
    """What an office needs besides the stages of the loop."""
    base = f"/office/{provider.slug}/"
    items = []
    for key, label, needs in (("people", "People", P.SEE_PEOPLE), ("audit", "Audit trail", P.SEE_AUDIT)):
        if viewer.grants_for(needs, provider.pk):
            items.append(NavItem(key, label, f"{base}{key}/", path.startswith(f"{base}{key}/")))
    return items


def navigation(path: str, viewer: Actor, provider: AccreditedProvider | None) -> list[NavItem]:
    if path.startswith("/office/") and provider:
        base = f"/office/{provider.slug}/"
        items = [NavItem("today", "Today", base, path == base)]
        for key, label, needs in LOOP:
            if viewer.grants_for(needs, provider.pk):
                items.append(NavItem(key, label, f"{base}{key}/", path.startswith(f"{base}{key}/")))
        return items
    if path.startswith("/me/"):
        mine = [
            NavItem("today", "Today", "/me/", path == "/me/"),
            NavItem("claim", "Claim", "/me/claim/", path.startswith("/me/claim")),
            NavItem("transcript", "Transcript", "/me/transcript/", path.startswith("/me/transcript")),
        ]
        if Role.FACULTY in viewer.roles:
            mine.append(NavItem("chat", "Teaching", "/me/teaching/", path.startswith("/me/teaching")))
        return mine
    if path.startswith("/lead/") and provider:
        base = f"/lead/{provider.slug}/"
        return [
            NavItem("mission", "Mission", base, path == base),
            NavItem("dashboard", "Dashboard", f"{base}dashboard/", path.startswith(f"{base}dashboard")),
            NavItem("report", "Annual report", f"{base}report/", path.startswith(f"{base}report")),
        ]
    if path.startswith("/p/") and provider:
        base = f"/p/{provider.slug}/"
        return [
            NavItem("catalogue", "Catalogue", f"{base}catalogue/", path.startswith(f"{base}catalogue")),
            NavItem("mission", "Mission", f"{base}mission/", path.startswith(f"{base}mission")),
            NavItem("about", "About", f"{base}about/", path.startswith(f"{base}about")),
            NavItem("contact", "Contact", f"{base}contact/", path.startswith(f"{base}contact")),
        ]
    return []
