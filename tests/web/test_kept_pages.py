"""Pages of a year too large to be counted while somebody waits: as of when, and who may have it counted again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client

from cast import Cast
from lifelong.kernel import effects as outbox
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import Effect
from lifelong.loop.improvement import actions, counting, kept
from loop.improvement.a_year import YEAR, Year

PAGES = (
    "/lead/home/dashboard/", "/lead/home/dashboard.csv", "/office/home/improvement/coverage/", "/office/home/improvement/coverage/?part=told",
    "/office/home/improvement/reach/", f"/office/home/improvement/synthesis/{YEAR}/figures/", f"/office/home/improvement/synthesis/{YEAR}/improvements/",
)  # fmt: skip
AGAIN = f"/office/home/improvement/count-again/?year={YEAR}"


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        row = Year(cast)
        row.only("competence_planned_change")
        row.attended(row.activity("Sepsis rounds"), row.people(12), planned=6)
        yield row


@pytest.fixture
def large(year: Year, monkeypatch: pytest.MonkeyPatch) -> Year:
    monkeypatch.setattr(kept, "LARGE", 10)
    return year


def asked(year: Year, address: str, who: str = "director", **sent: str) -> HttpResponse:
    client = Client()
    client.force_login(year.cast.person(who))
    if sent:
        return client.post(address, sent, follow=True)  # type: ignore[return-value]
    return client.get(f"{address}{'&' if '?' in address else '?'}year={YEAR}")  # type: ignore[return-value]


def read(year: Year, address: str, who: str = "director", **sent: str) -> str:
    return asked(year, address, who, **sent).content.decode("utf-8-sig")


@pytest.mark.parametrize("address", PAGES)
def test_a_small_year_says_nothing_of_hours(year: Year, address: str) -> None:
    page = read(year, address)
    assert "As of" not in page and "Count again" not in page


@pytest.mark.parametrize("address", PAGES)
def test_a_large_year_is_being_counted_then_stands_there(large: Year, address: str) -> None:
    waiting = asked(large, address)
    assert waiting.status_code == 503
    assert f"The figures of {YEAR} are being counted." in waiting.content.decode()
    assert "Come back in a few minutes." in waiting.content.decode()
    counting.ask_for_due()
    outbox.perform_all()
    assert asked(large, address).status_code == 200


@pytest.mark.parametrize("address", [one for one in PAGES if not one.endswith((".csv", "improvements/"))])
def test_the_page_says_as_of_when_and_a_director_may_have_it_counted_again(large: Year, address: str) -> None:
    counting.ask_for_due()
    outbox.perform_all()
    page = read(large, address)
    assert "As of" in page and "Count again" in page
    assert "Count again" not in read(large, address, "leader" if address.startswith("/lead") else "accreditor")


def test_counted_again_leads_back_to_its_page(large: Year) -> None:
    counting.ask_for_due()
    outbox.perform_all()
    for name, heading in (
        ("dashboard", "Education and its effect"),
        ("coverage", "Coverage"),
        ("reach", "Who came"),
        ("figures", "Figures of"),
    ):
        page = read(large, AGAIN, page=name)
        assert heading in page and "are being counted again" in page
    assert Effect.objects.filter(name="count_figures", state="waiting").count() == len(counting.HOURLY)
    assert "Coverage" in read(large, AGAIN, page="elsewhere")


@pytest.mark.parametrize("who", ["leader", "accreditor", "series_coordinator", "stranger", "other_director"])
def test_others_may_not_have_it_counted_again(large: Year, who: str) -> None:
    counting.ask_for_due()
    outbox.perform_all()
    assert asked(large, AGAIN, who, page="dashboard").status_code == 404
    assert not Effect.objects.filter(name="count_figures", state="waiting").exists()


def test_what_is_behind_a_number_of_a_large_year_is_kept(large: Year) -> None:
    result = large.cast.home.expected_results.get()
    address = f"/office/home/improvement/result/{result.pk}/"
    assert asked(large, address).status_code == 503
    actions.measure_year(large.cast.actor("director"), large.cast.home, YEAR)
    page = read(large, address)
    assert "Sepsis rounds" in page and "50 %" in page
