"""The closed lists a profile chooses from. A profile gives local labels; the keys here are what the rest of Lifelong knows."""

from __future__ import annotations

# What a statement of a mission may be about. Headings need not match (UMASS-39), so tags carry the meaning.
TAGS = frozenset(
    [
        "purpose",
        "content_area",
        "audience",
        "activity_type",
        "expected_result",
        "needs_source",
        "objective",
        "goal",
        "vision",
        "definition",
        "approach",
        "evaluation",
        "improvement",
        "collaboration",
        "oversight",
        "emergency",
        "accreditation",
        "contact",
    ]
)

# What may come of a program. The accreditors want competence, performance or patient outcomes; the others stand beside them.
RESULT_KINDS = frozenset(
    [
        "knowledge",
        "competence",
        "team_competence",
        "performance",
        "patient_care",
        "patient_outcomes",
        "population_health",
        "research_practice",
        "community_information",
        "lifelong_learning",
        "system_change",
        "attitudes",
    ]
)

# Which computation attains an expected result: key -> what it counts. `improvement` implements each.
INDICATORS = {
    "knowledge_gain": "activities with a matched before-and-after test whose mean rose",
    "competence_planned_change": "evaluations that name a specific planned change",
    "team_competence_change": "team evaluations that name a change the team will make",
    "performance_change_made": "follow-up answers that report the planned change made, fully or in part",
    "adoption_rate": "follow-up answers that report the new concept or skill adopted",
    "care_process_improved": "attached process measures that moved in the wanted direction",
    "patient_outcomes_improved": "attached patient-outcome measures that moved in the wanted direction",
    "population_measure_improved": "attached public population measures that moved in the wanted direction",
    "research_practice_change_made": "follow-up answers to research-minded activities that report a change in research practice",
    "community_people_reached": "people reached by community activities and pages",
    "countries_reached": "countries from which learners came",
    "returning_learners": "learners of the year who also learned in the year before",
    "system_changes_made": "follow-up answers that report a change in the system of care",
}
DIRECTIONS = frozenset({"higher", "lower"})
UNITS = frozenset({"percent", "count", "people", "countries"})

# ABMS/ACGME general competencies: key -> the name the bodies print (exports use it whatever the local label).
ABMS = {
    "patient_care": "Patient Care and Procedural Skills",
    "medical_knowledge": "Medical Knowledge",
    "practice_based_learning": "Practice-Based Learning and Improvement",
    "interpersonal_communication": "Interpersonal and Communication Skills",
    "professionalism": "Professionalism",
    "systems_based_practice": "Systems-Based Practice",
}
# National Academies (IOM) core competencies of 2003.
IOM = {
    "patient_centered_care": "Provide patient-centered care",
    "interdisciplinary_teams": "Work in interdisciplinary teams",
    "evidence_based_practice": "Employ evidence-based practice",
    "quality_improvement": "Apply quality improvement",
    "informatics": "Utilize informatics",
}
# Format words of the AMA designation statement; `none` for what carries no credit.
CREDIT_FORMATS = frozenset(
    [
        "live",
        "series",
        "enduring",
        "journal",
        "point_of_care",
        "performance_improvement",
        "learning_from_teaching",
        "other",
        "none",
    ]
)
FORMATS = frozenset(
    [
        "series",
        "live_course",
        "live_virtual",
        "hybrid",
        "webcast",
        "lecture",
        "workshop",
        "simulation",
        "point_of_care",
        "enduring_web",
        "enduring_computer",
        "enduring_print",
        "enduring_video",
        "enduring_audio",
        "enduring_other",
        "performance_improvement",
        "learning_from_teaching",
        "centralized",
        "community_event",
        "teaching_resource",
    ]
)
AUDIENCES = frozenset(
    [
        "physician",
        "nurse",
        "pharmacist",
        "pharmacy_technician",
        "pa",
        "advanced_practice_nurse",
        "allied_health",
        "healthcare_professional",
        "interprofessional_team",
        "medical_faculty",
        "alumni",
        "student",
        "resident",
        "fellow",
        "trainee",
        "teacher",
        "researcher",
        "community",
        "public",
        "educator",
        "practitioner",
    ]
)
NEEDS_SOURCES = frozenset(
    [
        "prior_evaluation",
        "learner_survey",
        "provider_survey",
        "guideline",
        "planning_committee",
        "literature_review",
        "regulation",
        "hospital_quality_data",
        "practice_quality_data",
        "public_quality_data",
        "quality_assurance",
        "oversight_committee",
        "public_health_report",
        "peer_reviewed_publication",
        "research_advance",
        "entity_quality_gap",
        "clinician_requirement",
        "needs_campaign",
        "outcome_measure",
        "disparity_data",
        "expert_opinion",
    ]
)
REACH_KEYS = frozenset({"local", "regional", "state", "national", "named_nations", "international"})

ACCREDITATION_KINDS = frozenset({"direct", "joint", "standards_named", "state_society", "not_stated"})
STATEMENTS = frozenset({"accme_direct", "accme_joint_providership", "acpe", "joint_accreditation", "none"})
TRACKS = frozenset({"continuing", "community", "both"})

REGISTERS = frozenset(
    [
        "innovation",
        "external_innovation",
        "research",
        "collaboration",
        "pharmacy",
        "community",
        "emergency",
        "teaching_resources",
        "alumni",
        "senior_administration",
        "lcme_acgme",
        "requirement_tracker",
        "self_description",
        "quality_contacts",
        "leadership_pathway",
        "research_translation",
        "improvement",
    ]
)
VOCABULARY = frozenset(
    [
        "program",
        "office",
        "activity",
        "series",
        "session",
        "learner",
        "faculty",
        "planner",
        "applicant",
        "gap",
        "need",
        "expected_result",
        "objective",
        "commitment",
        "barrier",
        "award",
        "transcript",
        "mission",
        "catalogue",
        "synthesis",
        "community_activity",
        "expected_results_page",
    ]
)
WEEKDAYS = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}
PAGES = frozenset(
    {"mission", "about", "objectives", "contact", "catalogue", "emergency", "community", "policies", "resources"}
)
# What a page may show, in the order the profile gives.
PAGE_PARTS = frozenset(
    [
        "mission_sections",
        "vision",
        "goals",
        "objectives",
        "expected_results",
        "institutional_mission",
        "accreditation",
        "contact",
        "hours",
        "policies",
        "definition",
        "reach",
        "registers",
        "competencies",
        "needs_sources",
        "formats",
        "audiences",
        "search",
    ]
)
