"""Every address, asked by everybody about everything: own department, other department, other provider, nobody.

The expected answer is computed from what the page declares, what the role includes, and where the thing belongs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from forms_of_pages import PageForm, filled, forms_of
from walk_world import SAME_EVERYWHERE, YAK, ZEBRA, Side, Thing, World, make_world

from lifelong.entrypoints.web.page import Access
from lifelong.kernel import clock
from lifelong.kernel.access import INCLUDES, Actor, Permission, Scope, may
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent

pytestmark = pytest.mark.django_db
P = Permission
NO_SUCH = 999_999_999
#: parameters whose thing the whole program shares: whoever holds the permission anywhere in it may open them
SHARED_IN_PROGRAM: dict[str, str] = {
    "measure_id": "quality data belong to the program; a department reads them to find its gaps",
    "import_id": "the file behind a figure is part of its evidence",
    "upload_id": "the file behind a figure is part of its evidence",
}
#: addresses whose page is narrower than its declared permission: a check of its own decides
NARROWER: dict[str, Permission] = {
    "operate/": P.OPERATE,
    # a checklist is filled by whoever runs the session and reads the evaluation of its activity; a kiosk only runs it
    "office/<slug:slug>/evaluation/activity/<int:activity_id>/observe/": P.SEE_EVALUATION,
    # data leave for a project of the register by whoever also reads the register
    "office/<slug:slug>/improvement/registers/research/<int:project_id>/export/": P.SEE_IMPROVEMENT,
    "office/<slug:slug>/improvement/registers/exports/<int:export_id>.csv": P.SEE_IMPROVEMENT,
}
#: pages of the whole program: a role in a department or on an activity does not reach them
PROGRAM_WIDE = ("office/<slug:slug>/outcomes/plans/", "office/<slug:slug>/outcomes/projects/")
#: things of a learner: for everybody else they do not exist
OWNED = ("attendance_id", "follow_up_id", "phone_id", "serial", "team_id", "own_goal_id")
#: pages of a session that exist only for who was there
ATTENDED = ("me/in/<int:session_id>/done/",)
#: a person is reached through the session they were marked in, wherever else they belong
THROUGH_SESSION = "person_id"
#: where a parameter means another kind of thing: (beginning of the address, parameter) -> thing
MEANS = {
    ("office/<slug:slug>/independence/", "person_id"): "speaker_id",
    ("office/<slug:slug>/people/", "person_id"): "leader_id",
    ("office/<slug:slug>/improvement/coverage/<slug:key>", "key"): "list_key",
    ("office/<slug:slug>/improvement/coverage/<slug:taxonomy>/", "key"): "term_key",
    ("office/<slug:slug>/evaluation/forms/", "key"): "question_key",
    ("office/<slug:slug>/evaluation/forms/<int:instrument_id>/settings/", "instrument_id"): "draft_id",
    ("office/<slug:slug>/evaluation/forms/<int:instrument_id>/questions/", "instrument_id"): "draft_id",
    ("office/<slug:slug>/improvement/registers/<slug:key>/", "key"): "register_key",
    ("office/<slug:slug>/improvement/registers/research/", "project_id"): "research_id",
}
#: what a page asks for in its query
QUERIES = {"office/<slug:slug>/needs/measures/<int:measure_id>/figures.csv": "place={place_id}"}
#: roles that read and never write, and who has no business here at all
READERS = ("accreditor", "leader", "faculty", "joint_partner", "learner", "other_director")
#: who writes, but only what belongs to the other department
NEIGHBOURS = ("neighbour_series_coordinator", "neighbour_applicant")
#: what somebody may type behind any address: no page falls over it
ODD_QUERY = "after=a|b&before=x&q=%00%25&place=x&on=x&year=x&show=x&sort=x&state=x&kind=x&gap=x&session=x&page=-1&next=//x&for=x&point=x&term=x"


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + str(entry.pattern))
        elif isinstance(getattr(entry.callback, "access", None), Access):
            yield prefix + str(entry.pattern), entry


ADDRESSES = dict(addresses(get_resolver()))
HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}  # a refusal in JSON is made quicker than a page
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass
class Walk:
    world: World
    clients: dict[str, Client]


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Walk]:
    """The world, built once; nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = make_world()
        clients = {"nobody": Client(raise_request_exception=False)}
        for who, person in world.people.items():
            clients[who] = Client(raise_request_exception=False)
            with writes_open("login"):
                clients[who].force_login(person)
        yield Walk(world, clients)
        transaction.set_rollback(True)


# --- what an address should answer ----------------------------------------------------------------------------------------


def parameters(address: str) -> list[str]:
    return [name for name in PARAMETER.findall(address) if name != "slug"]


def thing_of(side: Side, address: str, name: str) -> Thing:
    means = next((thing for (begins, of), thing in MEANS.items() if of == name and address.startswith(begins)), name)
    if name == "token":
        return Thing(next(token for word, token in side.tokens.items() if word in address), Scope())
    return Thing(SAME_EVERYWHERE[means], side.provider.scope) if means in SAME_EVERYWHERE else side.things[means]


def path_of(address: str, side: Side, slug: str = "home", *, odd: str = "", **given: Any) -> str:
    """The address filled with the things of one side; `given` replaces some of them."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return slug if name == "slug" else str(given[name] if name in given else thing_of(side, address, name).value)

    asked = odd or QUERIES.get(address, "").format(**{name: thing.value for name, thing in side.things.items()})
    return "/" + PARAMETER.sub(value, address) + (f"?{asked}" if asked else "")


def scopes(address: str, side: Side) -> list[Scope]:
    """Where the things behind an address belong, as far as they narrow who may open it."""
    names = [name for name in parameters(address) if name not in SHARED_IN_PROGRAM and name not in SAME_EVERYWHERE]
    if "session_id" in names and THROUGH_SESSION in names:
        names.remove(THROUGH_SESSION)
    return [thing_of(side, address, name).scope for name in names]


def opens(actor: Actor, address: str, access: Access, side: Side) -> bool:
    """Whether this actor should reach this page with the things of this side (of home)."""
    if address in NARROWER and not any(NARROWER[address] in INCLUDES[grant.role] for grant in actor.grants):
        return False
    if access.signed_in:
        owned = [side.things[name].scope.person_id for name in parameters(address) if name in OWNED]
        owned += [side.learner.pk] if address in ATTENDED else []
        return all(person_id == actor.person_id for person_id in owned)
    if access.needs is None:
        return True
    if address in PROGRAM_WIDE and not may(actor, access.needs, side.provider.scope):
        return False
    return holds(actor, access, side.provider.pk) and all(
        may(actor, access.needs, scope) for scope in scopes(address, side)
    )


def holds(actor: Actor, access: Access, provider_id: int) -> bool:
    """Whether this actor has the page's permission anywhere in home."""
    return access.needs is not None and bool(actor.grants_for(access.needs, provider_id))


def belongs_to(actor: Actor, side: Side) -> bool:
    """Whether any role reaches this side."""
    return any(grant.covers(side.things["activity_id"].scope) for grant in actor.grants)


def was_opened(status: int) -> bool:
    """Reached the view: an answer (202: on its way), a redirect, a wrong method. Never a fault."""
    return status in (200, 202, 302, 405)


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def same_page(answer: Any, path: str) -> str:
    """The text of an answer without what differs from one time to the next."""
    return re.sub(r'"(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", text_of(answer)).replace(path, "")


def sent(form: PageForm) -> dict[str, list[str]]:
    """What goes out when every field of a form is filled so that it is likely taken."""
    today = clock.now().date().isoformat()
    values = filled(form)
    for name in [*form.written, *(name for name, given in values.items() if given == [""])]:
        if values.get(name, [""]) == [""]:
            values[name] = [today if name.endswith(("_on", "on", "_from", "_until")) else "1"]
    return values


def buttons_and_forms(walk: Walk, path: str) -> list[tuple[str, dict[str, list[str]]]]:
    """(address, fields) of whatever the director may send from a page."""
    answer = walk.clients["director"].get(path, headers=HTML)
    if answer.status_code != 200 or "text/html" not in answer.headers["Content-Type"]:
        return []
    found = [form for form in forms_of(text_of(answer)) if form.method == "post"]
    return [
        (form.action or path, sent(form)) for form in found if (form.action or path).startswith(("/office/", "/lead/"))
    ]


def written_by(walk: Walk, who: str, path: str, fields: dict[str, list[str]]) -> int:
    """How many acts went on record; nothing of them stays."""
    before = AuditEvent.objects.count()
    with transaction.atomic():
        walk.clients[who].post(path, fields, headers=JSON)
        after = AuditEvent.objects.count()
        transaction.set_rollback(True)
    return after - before


def fail_if(wrong: list[str]) -> None:
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


# --- the walk -------------------------------------------------------------------------------------------------------------


def test_every_parameter_of_an_address_has_a_thing_in_the_world(walk: Walk) -> None:
    known = {*walk.world.home.things, *SAME_EVERYWHERE, "slug", "token"}
    unknown = {name: address for address in ADDRESSES for name in PARAMETER.findall(address) if name not in known}
    assert unknown == {}, (
        "add a thing of this name in walk_world.py (a line in one of the `_…_things`), or to SAME_EVERYWHERE"
    )
    links = [a for a in ADDRESSES if "token>" in a and not any(word in a for word in walk.world.home.tokens)]
    assert links == [], "add a token for this secret link to Side.tokens in walk_world.py, under a word of its address"


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_opens_for_whom_it_should(walk: Walk, address: str) -> None:
    """Everybody asks for the thing of the own department; whoever may anything there asks for the other department's too."""
    access, world, wrong = ADDRESSES[address].callback.access, walk.world, []
    for side in [world.home, world.neighbour] if parameters(address) else [world.home]:
        path = path_of(address, side)
        for who, actor in world.actors.items():
            if side is world.neighbour and access.needs and not holds(actor, access, side.provider.pk):
                continue
            expected = opens(actor, address, access, side)
            answer = walk.clients[who].get(path, headers=HTML if expected else JSON)
            login = answer.headers.get("Location", "").startswith("/account/login/?")
            if who == "nobody" and (access.needs or access.signed_in):
                fine = answer.status_code == 302 and login
            elif expected:
                fine = was_opened(answer.status_code) and not login
            else:
                fine = answer.status_code == 404
            text = text_of(answer)
            if not fine:
                wrong.append(f"{who} at {path} ({side.name}): {answer.status_code}")
            if ZEBRA in text and world.at_home(who):
                wrong.append(f"{who} at {path} reads about the other provider")
            if YAK in text and address.startswith("office/") and not belongs_to(actor, world.neighbour):
                wrong.append(f"{who} at {path} reads about the other department")
    fail_if(wrong)


def test_the_canaries_sing_where_they_live(walk: Walk) -> None:
    """Else the walk would prove nothing."""
    assert ZEBRA in text_of(walk.clients["other_director"].get("/office/elsewhere/planning/"))
    assert YAK in text_of(walk.clients["neighbour_series_coordinator"].get("/office/home/planning/"))


@pytest.mark.parametrize(
    "address", [a for a in ADDRESSES if a.startswith(("office/", "lead/", "p/")) and parameters(a)]
)
def test_what_belongs_to_another_does_not_exist(walk: Walk, address: str) -> None:
    """Another provider's thing under our own address, and ours for a stranger: the same answer as for what never was."""
    access, world, wrong = ADDRESSES[address].callback.access, walk.world, []
    names = [name for name in parameters(address) if name not in SAME_EVERYWHERE]
    if not names:
        return
    never = dict.fromkeys(names, NO_SUCH)
    nothing = path_of(address, world.home, **never)
    asking = [(who, world.elsewhere) for who in ("director", "series_coordinator", "course_director", "accreditor")]
    if access.needs:
        asking += [(who, world.home) for who in ("stranger", "learner", "operator", "other_director")]
    for who, side in asking:
        path = path_of(address, side)
        answer = walk.clients[who].get(path)
        if answer.status_code != 404:
            wrong.append(f"{who} at {path} ({side.name}): {answer.status_code}")
        elif same_page(answer, path) != same_page(walk.clients[who].get(nothing), nothing):
            wrong.append(
                f"{who} at {path} ({side.name}): the answer differs from {nothing}, so it tells that the thing exists"
            )
        if ZEBRA in text_of(answer) and world.at_home(who):
            wrong.append(f"{who} at {path} reads about the other provider")
    fail_if(wrong)


@pytest.mark.parametrize(
    "address", [a for a in ADDRESSES if a.startswith("office/") and len(set(parameters(a)) - set(SAME_EVERYWHERE)) > 1]
)
def test_parts_of_two_things_make_no_address(walk: Walk, address: str) -> None:
    """The credit of another activity, the relationship of another speaker: not even in the own program."""
    names = [name for name in parameters(address) if name not in SAME_EVERYWHERE]
    for side in (walk.world.neighbour, walk.world.elsewhere):
        for name in names:
            path = path_of(address, walk.world.home, **{name: thing_of(side, address, name).value})
            assert walk.clients["director"].get(path).status_code == 404, path


@pytest.mark.parametrize(
    "address", [a for a, p in ADDRESSES.items() if p.callback.access.needs or p.callback.access.signed_in]
)
def test_who_may_not_open_a_page_writes_nothing_through_it(walk: Walk, address: str) -> None:
    access, world, wrong = ADDRESSES[address].callback.access, walk.world, []
    path = path_of(address, world.home)
    before = AuditEvent.objects.count()
    for who, actor in world.actors.items():
        if (
            opens(actor, address, access, world.home)
            and who != "nobody"
            or who.startswith("other_")
            and who != "other_director"
        ):
            continue
        answer = walk.clients[who].post(path, headers=JSON)
        if answer.status_code not in ((302,) if who == "nobody" else (404,)):
            wrong.append(f"{who} posts to {path}: {answer.status_code}")
        if AuditEvent.objects.count() != before:
            wrong.append(f"{who} posts to {path}: something was written")
            before = AuditEvent.objects.count()
    fail_if(wrong)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_falls_over_an_empty_form_or_an_odd_query(walk: Walk, address: str) -> None:
    access, world = ADDRESSES[address].callback.access, walk.world
    who = "operator" if address == "operate/" else "learner" if access.signed_in else "director"
    client = walk.clients[who]
    assert client.get(path_of(address, world.home, odd=ODD_QUERY)).status_code < 500
    with transaction.atomic():
        answer = client.post(path_of(address, world.home))
        transaction.set_rollback(True)
    assert answer.status_code < 500


@pytest.mark.parametrize("address", [a for a in ADDRESSES if a.startswith(("office/", "lead/"))])
def test_who_may_not_write_writes_nothing_even_with_the_forms_of_the_director(walk: Walk, address: str) -> None:
    """Hiding a button is no protection: the very fields that the director would send, sent by somebody else."""
    senders = READERS + (NEIGHBOURS if "activity_id" in parameters(address) else ())
    for path, fields in buttons_and_forms(walk, path_of(address, walk.world.home)):
        for who in senders:
            assert written_by(walk, who, path, fields) == 0, f"{who} sends {fields} to {path}"


def test_the_forms_of_the_director_do_write(walk: Walk) -> None:
    """Else the walk before would prove nothing."""
    pages = ("needs/gaps/new/", "evaluation/coding/", "outcomes/projects/", "improvement/registers/innovation/new/")
    ready = [one for page in pages for one in buttons_and_forms(walk, f"/office/home/{page}")]
    assert sum(written_by(walk, "director", path, fields) > 0 for path, fields in ready) >= 2
