"""What follows from what. One page: an audited act on the left, its effects on the right.

An effect is a function that takes the id of the act's row, runs in its own transaction after the act's commit, and may be
repeated without harm.
"""

from __future__ import annotations

from collections.abc import Callable

from lifelong.entrypoints.jobs.messages import send_phone_code, tell_seat
from lifelong.entrypoints.web.invited.disclosure_mail import (
    send_disclosure_request,
    tell_office_of_disclosure,
    tell_role_started,
)
from lifelong.entrypoints.web.invited.shared_report_mail import mail_shared_report
from lifelong.entrypoints.web.leadership.letter_mail import mail_leader_letter
from lifelong.entrypoints.web.office.intake_mail import tell_applicant
from lifelong.kernel import effects as outbox
from lifelong.kernel.action import FOLLOWS
from lifelong.kernel.effects import HANDLERS
from lifelong.loop.credit.effects import keep_total, make_certificate, seal_ledger
from lifelong.loop.delivery.actions import count_attendance, count_in_session
from lifelong.loop.evaluation.effects import (
    attach_evaluation,
    invite_to_evaluate,
    mail_evaluation_invitation,
    mail_follow_up,
    mail_later_test,
    mail_team_form,
    plan_follow_ups,
    plan_later_test,
)
from lifelong.loop.improvement.effects import make_report_pdf, record_results
from lifelong.loop.improvement.kept import count_figures
from lifelong.loop.integrity.effects import reopen_after_disclosure, start_clear_role, start_clear_roles, tell_learners
from lifelong.loop.needs.actions import run_measure_import
from lifelong.loop.outcomes.effects import share_with_readers
from lifelong.loop.reporting.effects import write_activity_record, write_learner_record
from lifelong.loop.surveys.effects import mail_campaign

Effect = Callable[[int], None]
AWARDED: tuple[Effect, ...] = (seal_ledger, keep_total, make_certificate, write_learner_record)

EFFECTS: dict[str, tuple[Effect, ...]] = {
    # people
    "phone.linked": (send_phone_code,),
    # needs
    "measures.uploaded": (run_measure_import,),
    # planning
    "activity.created": (attach_evaluation,),
    "activity.copied": (attach_evaluation,),
    "role.added": (start_clear_role,),
    "application.decided": (tell_applicant,),
    # independence
    "disclosure.requested": (send_disclosure_request,),
    "disclosure.reminded": (send_disclosure_request,),
    "disclosure.submitted": (start_clear_roles, reopen_after_disclosure, tell_office_of_disclosure),
    "role.started": (tell_role_started, tell_learners),
    # designation
    "activity.published": (write_activity_record,),
    # delivery
    "attendance.recorded": (count_attendance, invite_to_evaluate),
    # evaluation
    "evaluation.submitted": (plan_follow_ups,),
    "test.taken": (plan_later_test,),
    "follow_up.answered": (record_results,),
    # credit
    "credit.awarded": AWARDED,
    "credit.awarded_late": AWARDED,
    "credit.corrected": AWARDED,
    "credit.reversed": AWARDED,
    # outcomes
    "activity.closed": (share_with_readers,),
    "outcome_report.shared": (mail_shared_report,),
    # improvement
    "report.frozen": (make_report_pdf,),
}
# enqueued by name from inside an action or another effect
BY_NAME: tuple[Effect, ...] = (
    count_in_session, tell_seat, mail_evaluation_invitation, mail_follow_up, mail_campaign, mail_team_form, mail_later_test, mail_leader_letter,
    count_figures,
)  # fmt: skip
# mail, text messages and long work: no transaction around them
ALONE: tuple[Effect, ...] = (
    run_measure_import, send_disclosure_request, tell_office_of_disclosure, tell_role_started, mail_evaluation_invitation, mail_follow_up,
    send_phone_code, tell_seat, mail_campaign, mail_team_form, mail_later_test, mail_shared_report, mail_leader_letter, tell_applicant,
    count_figures,
)  # fmt: skip

outbox.ALONE.update(handler.__name__ for handler in ALONE)
for act, handlers in EFFECTS.items():
    FOLLOWS[act] = tuple(handler.__name__ for handler in handlers)
HANDLERS.update({handler.__name__: handler for handlers in (*EFFECTS.values(), BY_NAME) for handler in handlers})
