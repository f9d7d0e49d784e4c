"""The register of quality projects that education is tied to, and the stages of performance improvement CME."""

from __future__ import annotations

import datetime as dt

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import problem
from lifelong.loop.needs.models import Measure, MeasurePlace
from lifelong.loop.outcomes.models import ProjectActivity, ProjectStage, QualityProject
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider, Organisation

P = Permission


@action(needs=P.EDIT_OUTCOMES, audit="quality_project.registered")
def register_project(
    actor: Actor,
    provider: AccreditedProvider,
    *,
    title: str,
    opened_on: dt.date,
    aim: str = "",
    owner_id: int | None = None,
    measure_id: int | None = None,
    place_id: int | None = None,
) -> QualityProject | Unchanged:
    """Name a project, who owns it, and the measure it is to move. Natural key: the title."""
    name = title.strip()
    if not name or len(name) > 200:
        raise problem(
            "project.title", "The project has no title, or a very long one.", "Write up to 200 characters.", "title"
        )
    for field, model, pk in (
        ("owner_id", Organisation, owner_id),
        ("measure_id", Measure, measure_id),
        ("place_id", MeasurePlace, place_id),
    ):
        if pk is not None and not model.objects.filter(provider=provider, pk=pk).exists():
            raise problem(
                "project.unknown", "This is not a record of this program.", "Choose one from the list.", field
            )
    row, made = QualityProject.objects.get_or_create(
        provider=provider, title=name,
        defaults={
            "aim": aim.strip(), "owner_id": owner_id, "measure_id": measure_id, "place_id": place_id, "opened_on": opened_on,
            "registered_at": clock.now(), "registered_by_id": actor.person_id,
        },
    )  # fmt: skip
    return row if made else Unchanged(row)


@action(needs=P.EDIT_OUTCOMES, audit="quality_project.tied")
def tie_activity(actor: Actor, project: QualityProject, *, activity: Activity) -> ProjectActivity | Unchanged:
    """Say that an activity belongs to the project."""
    if activity.provider_id != project.provider_id:
        raise problem(
            "project.activity", "The activity is of another program.", "Choose one of this program.", "activity"
        )
    row, made = ProjectActivity.objects.get_or_create(project=project, activity=activity)
    return row if made else Unchanged(row)


@action(needs=P.EDIT_OUTCOMES, audit="quality_project.untied")
def untie_activity(actor: Actor, project: QualityProject, *, activity: Activity) -> QualityProject | Unchanged:
    """Take an activity out of the project."""
    gone, _ = ProjectActivity.objects.filter(project=project, activity=activity).delete()
    return project if gone else Unchanged(project)


@action(needs=P.EDIT_OUTCOMES, audit="quality_project.stage_finished")
def finish_stage(
    actor: Actor, project: QualityProject, *, stage: str, done_on: dt.date, found: str = ""
) -> ProjectStage | Unchanged:
    """Stage A, B or C is over (WASHU-32): each after the one before it, none in the future. A finished stage stays."""
    if stage not in ProjectStage.Stage.values:
        raise problem("project.stage", "There are three stages.", "Choose A, B or C.", "stage")
    known = {row.stage: row for row in project.stages.all()}
    if stage in known:
        return Unchanged(known[stage])
    before = ProjectStage.Stage.values[: ProjectStage.Stage.values.index(stage)]
    missing = next((one for one in before if one not in known), None)
    if missing is not None:
        raise problem(
            "project.order", f"Stage {stage} comes after stage {missing}.", f"Finish stage {missing} first.", "stage"
        )
    if before and done_on < known[before[-1]].done_on:
        raise problem(
            "project.day", f"Stage {before[-1]} ended on {known[before[-1]].done_on}.", "Choose a later day.", "done_on"
        )
    if done_on < project.opened_on or done_on > clock.today(project.provider.time_zone):
        raise problem("project.day", "The day lies before the project or in the future.", "Correct the day.", "done_on")
    return ProjectStage.objects.create(project=project, stage=stage, done_on=done_on, found=found.strip())
