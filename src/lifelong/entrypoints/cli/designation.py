"""The last steps before learners see an activity: content reviewed, credit designated, published."""

from __future__ import annotations

from decimal import Decimal

import click

from lifelong.entrypoints.cli.asking import EXACT, Asking, asks

ACTIVITY = click.argument("activity_id", metavar="ACTIVITY", type=int)


@click.command("review")
@ACTIVITY
@click.option("--valid/--not-valid", "is_valid", required=True, default=None, help="The content rests on evidence.")
@click.option("--balanced/--not-balanced", "is_balanced", required=True, default=None)
@click.option("--free-of-marketing/--marketing", "is_free", required=True, default=None)
@click.option("--note", default="")
@asks()
def review(ask: Asking, activity_id: int, is_valid: bool, is_balanced: bool, is_free: bool, note: str) -> None:
    """A reviewer's word on the content of an activity."""
    from lifelong.kernel.access import Permission
    from lifelong.loop.designation.actions import review_content
    from lifelong.loop.planning.reads import activity

    of = activity(ask.actor, ask.provider, activity_id, Permission.REVIEW_CONTENT)
    made = review_content(
        ask.actor, of, is_valid=is_valid, is_balanced=is_balanced, is_free_of_marketing=is_free, note=note
    )
    ask.tell({"review": made.pk, "activity": of.pk}, f"The content of {of.title} is reviewed.")


@click.command("designate")
@ACTIVITY
@click.option("--system", required=True, help="ama, ancc, acpe, ipce or participation.")
@click.option("--profession", default="", help="physician, nurse, pharmacist ...; empty: every profession.")
@click.option("--maximum", type=EXACT, required=True, help="The most one learner may claim; per session of a series.")
@click.option("--per-session/--whole", default=None, help="A series is designated per session if not said otherwise.")
@click.option("--uan", default="", help="ACPE universal activity number.")
@click.option("--type", "acpe_type", default="", help="ACPE: K, A or P.")
@asks()
def designate(
    ask: Asking,
    activity_id: int,
    system: str,
    profession: str,
    maximum: Decimal,
    per_session: bool | None,
    uan: str,
    acpe_type: str,
) -> None:
    """Promise credit, before the first session."""
    from lifelong.kernel.access import Permission
    from lifelong.loop.designation.actions import designate as promise
    from lifelong.loop.planning.reads import activity

    of = activity(ask.actor, ask.provider, activity_id, Permission.DESIGNATE_CREDIT)
    made = promise(
        ask.actor,
        of,
        credit_system=system,
        profession=profession,
        maximum=maximum,
        is_per_session=per_session,
        uan=uan,
        acpe_type=acpe_type,
    )
    each = "each session" if made.is_per_session else "the whole activity"
    ask.tell(
        {
            "designation": made.pk,
            "system": system,
            "maximum": made.maximum,
            "unit": made.unit,
            "per_session": made.is_per_session,
        },
        f"Designation {made.pk}: at most {made.maximum} {made.unit} for {each} of {of.title}.",
    )


@click.command("publish")
@ACTIVITY
@asks()
def publish(ask: Asking, activity_id: int) -> None:
    """Open an activity to learners; refused with everything that is missing."""
    from lifelong.kernel.access import Permission
    from lifelong.loop.designation.actions import publish as open_to_learners
    from lifelong.loop.planning.reads import activity

    of = open_to_learners(ask.actor, activity(ask.actor, ask.provider, activity_id, Permission.PUBLISH))
    ask.tell({"activity": of.pk, "published_at": of.published_at}, f"{of.title} is published.")
