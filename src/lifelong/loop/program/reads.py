"""What we know of providers and their missions."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from lifelong.kernel.problems import NotFound
from lifelong.loop.program.models import (
    AccreditedProvider,
    ExpectedResult,
    Mission,
    MissionSection,
    MissionStatement,
    Organisation,
    Term,
)


def providers() -> QuerySet[AccreditedProvider]:
    return AccreditedProvider.objects.order_by("name")  # type: ignore[no-any-return]


def provider(slug: str) -> AccreditedProvider:
    """The provider with this slug; anyone may know that it exists."""
    found = AccreditedProvider.objects.select_related("contact").filter(slug=slug).first()
    if found is None:
        raise NotFound("program")
    return found  # type: ignore[no-any-return]


def mission_in_force(of: AccreditedProvider) -> Mission | None:
    statements = Prefetch("statements", MissionStatement.objects.prefetch_related("tags"))
    sections = Prefetch("sections", MissionSection.objects.prefetch_related(statements))
    return (  # type: ignore[no-any-return]
        Mission.objects.filter(provider=of, effective_until=None).prefetch_related(sections).order_by("-effective_from").first()
    )


def expected_results(of: AccreditedProvider) -> QuerySet[ExpectedResult]:
    return ExpectedResult.objects.filter(provider=of, retired_on=None)  # type: ignore[no-any-return]


def terms(of: AccreditedProvider, taxonomy: str) -> QuerySet[Term]:
    return Term.objects.filter(provider=of, taxonomy=taxonomy, retired_on=None)  # type: ignore[no-any-return]


def organisations(of: AccreditedProvider) -> QuerySet[Organisation]:
    return Organisation.objects.filter(provider=of)  # type: ignore[no-any-return]


def words(of: AccreditedProvider) -> dict[str, str]:
    """The program's own vocabulary: key -> its word."""
    rows: Iterable[tuple[str, str]] = of.vocabulary.values_list("key", "text")
    return dict(rows)
