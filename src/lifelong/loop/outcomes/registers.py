"""What we know of quality projects and of analysis results."""

from __future__ import annotations

from django.db.models import Count

from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.needs.models import Measure
from lifelong.loop.outcomes.models import AnalysisPlan, AnalysisResult, QualityProject
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider, Organisation

P = Permission
LISTED = 200


def projects(viewer: Actor, provider: AccreditedProvider) -> list[QualityProject]:
    """The register, newest first, with owner, measure, stages and the number of activities (`tied`). A register of the whole program."""
    if not reach(viewer, P.SEE_OUTCOMES, provider.pk)[0]:
        raise NotFound("project")
    rows = QualityProject.objects.filter(provider=provider).select_related("owner", "measure", "place", "provider")
    return list(rows.prefetch_related("stages").annotate(tied=Count("project_activities"))[:LISTED])


def project(viewer: Actor, provider: AccreditedProvider, project_id: int) -> QualityProject:
    if not reach(viewer, P.SEE_OUTCOMES, provider.pk)[0]:
        raise NotFound("project")
    rows = QualityProject.objects.filter(provider=provider).select_related("owner", "measure", "place", "provider")
    found = rows.prefetch_related("stages").filter(pk=project_id).first()
    if found is None:
        raise NotFound("project")
    return found  # type: ignore[no-any-return]


def activities_of(project: QualityProject) -> list[Activity]:
    return list(Activity.objects.filter(project_activities__project=project).order_by("-starts_on", "-pk"))


def choices(provider: AccreditedProvider) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(owners, measures) to choose from."""
    owners = Organisation.objects.filter(provider=provider).order_by("name").values_list("pk", "name")[:LISTED]
    measures = Measure.objects.filter(provider=provider).order_by("title").values_list("pk", "title")[:LISTED]
    return list(owners), list(measures)


def free_activities(project: QualityProject) -> list[tuple[int, str]]:
    """Activities that may join the project, newest first."""
    rows = Activity.objects.filter(provider_id=project.provider_id).exclude(project_activities__project=project)
    return [
        (pk, f"{number}: {title}")
        for pk, number, title in rows.order_by("-number").values_list("pk", "number", "title")[:LISTED]
    ]


def activity_of_choice(provider: AccreditedProvider, activity_id: int) -> Activity:
    found = Activity.objects.filter(provider=provider, pk=activity_id).first()
    if found is None:
        raise NotFound("activity")
    return found  # type: ignore[no-any-return]


def results(plan: AnalysisPlan) -> list[AnalysisResult]:
    """What a plan gave, the last first."""
    return list(AnalysisResult.objects.filter(plan=plan).select_related("data_file").order_by("-ran_at"))
