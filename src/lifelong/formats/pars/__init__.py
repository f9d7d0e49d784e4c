"""ACCME PARS and JA-PARS: activities and learner completions out, the body's answer in.

Sources: ACCME activity schema v0.1.2 and learner schema v0.5 (drafts of May 2025), MedBiquitous metrics v1 (2008),
learner template 917 (January 2024). What is unconfirmed stands in `vocabulary.toml` and blocks nobody.
"""

from lifelong.formats.pars.activity_json import read_activities, write_activities
from lifelong.formats.pars.activity_rules import validate_activity
from lifelong.formats.pars.activity_xml import write_activities_xml
from lifelong.formats.pars.answers import Answer, Failure, Kind, Line, Outcome, Refusal, parse_answer, write_answer
from lifelong.formats.pars.learner_json import read_completions, write_completions
from lifelong.formats.pars.learner_rules import valid_npi, validate_learner, validate_learners
from lifelong.formats.pars.learner_template import COLUMNS, write_template
from lifelong.formats.pars.records import (
    Activity,
    ActivityAction,
    Batch,
    BoardCredit,
    BoardRegistration,
    Keyword,
    LearnerAction,
    LearnerCompletion,
    MeasuredOutcome,
    MonetarySupport,
    Outline,
    Pharmacy,
    Place,
    Rems,
    Status,
)
from lifelong.formats.pars.vocabulary import DIALECT, CodeList, Dialect, code_list, code_lists
from lifelong.formats.pars.wire import Unreadable

__all__ = [
    "COLUMNS",
    "DIALECT",
    "Activity",
    "ActivityAction",
    "Answer",
    "Batch",
    "BoardCredit",
    "BoardRegistration",
    "CodeList",
    "Dialect",
    "Failure",
    "Keyword",
    "Kind",
    "LearnerAction",
    "LearnerCompletion",
    "Line",
    "MeasuredOutcome",
    "MonetarySupport",
    "Outcome",
    "Outline",
    "Pharmacy",
    "Place",
    "Refusal",
    "Rems",
    "Status",
    "Unreadable",
    "code_list",
    "code_lists",
    "documents",
    "parse_answer",
    "read_activities",
    "read_completions",
    "valid_npi",
    "validate_activity",
    "validate_learner",
    "validate_learners",
    "write_activities",
    "write_activities_xml",
    "write_answer",
    "write_completions",
    "write_template",
]


def documents(batch: Batch, dialect: Dialect = DIALECT) -> tuple[bytes, ...]:
    """The JSON documents of a batch in the order to send them: activities (if any), then completions (if any)."""
    found = []
    if batch.activities:
        found.append(write_activities(batch.activities, dialect))
    if batch.completions:
        found.append(write_completions(batch.completions, batch.created_at, dialect))
    return tuple(found)
