"""The five programs: each profile says what its mission asks and no other mission does."""

from __future__ import annotations

from pathlib import Path

import pytest

from lifelong.formats.profile import Profile, as_terms, read_profile, read_specialties

FOLDER = Path(__file__).parents[3] / "src" / "lifelong" / "loop" / "program" / "profiles"
SLUGS = ("tufts", "umass", "hms", "uconn", "washu")
PROFILES: dict[str, Profile] = {
    slug: read_profile((FOLDER / f"{slug}.toml").read_bytes(), f"{slug}.toml") for slug in SLUGS
}


def keys(terms: object) -> set[str]:
    return {term.key for term in terms}


def label(terms: object, key: str) -> str:
    return next(term.label for term in terms if term.key == key)


def test_there_are_five_profiles_and_each_file_is_named_for_its_program():
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(SLUGS)
    assert all(profile.slug == slug for slug, profile in PROFILES.items())


@pytest.mark.parametrize("slug", SLUGS)
def test_every_profile_is_complete(slug):
    profile = PROFILES[slug]
    assert profile.contact.demo and profile.contact.email.endswith("example.org")
    assert {hours.weekday for hours in profile.contact.hours} == {0, 1, 2, 3, 4}
    assert profile.mission.tagged("purpose") and profile.mission.tagged("expected_result")
    assert any(result.kind in ("competence", "performance", "patient_outcomes") for result in profile.expected_results)
    assert len(profile.competencies) == 6 and all(term.standard for term in profile.competencies)
    assert profile.formats and profile.audiences and profile.needs_sources and profile.pages
    assert all(terms == () or len(keys(terms)) == len(terms) for terms in as_terms(profile).values())


def test_no_two_programs_share_a_name_an_accent_or_an_office():
    for wanted in ("name", "accent", "office_name", "short_name", "slug"):
        assert len({getattr(profile, wanted) for profile in PROFILES.values()}) == 5, wanted


@pytest.mark.parametrize("slug", SLUGS)
def test_the_accent_can_be_read_on_white(slug):
    def channel(hexed: str) -> float:
        value = int(hexed, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    accent = PROFILES[slug].accent
    light = 0.2126 * channel(accent[1:3]) + 0.7152 * channel(accent[3:5]) + 0.0722 * channel(accent[5:7])
    assert 1.05 / (light + 0.05) >= 4.5  # WCAG 2.2 AA for text


# Tufts


@pytest.mark.requirement("TUFTS-13")
def test_tufts_keeps_its_own_word_for_knowledge_and_exports_the_bodies_name():
    tufts = PROFILES["tufts"]
    assert tufts.competency_required
    knowledge = next(term for term in tufts.competencies if term.key == "medical_knowledge")
    assert (knowledge.label, knowledge.standard) == ("Medical/Clinical", "Medical Knowledge")


@pytest.mark.requirement("TUFTS-14")
def test_tufts_alone_covers_the_five_core_competencies_of_all_professions():
    assert len(PROFILES["tufts"].iom) == 5 and not any(PROFILES[slug].iom for slug in SLUGS[1:])


@pytest.mark.requirement("TUFTS-25", "TUFTS-26", "TUFTS-27", "TUFTS-28")
def test_tufts_has_four_themes():
    assert [term.key for term in PROFILES["tufts"].themes] == [
        "quality_improvement",
        "value",
        "patient_centered",
        "systems_and_teams",
    ]


@pytest.mark.requirement(
    "TUFTS-16", "TUFTS-17", "TUFTS-18", "TUFTS-19", "TUFTS-20", "TUFTS-21", "TUFTS-22", "TUFTS-23", "TUFTS-24"
)
def test_tufts_names_nine_needs_sources():
    assert [term.key for term in PROFILES["tufts"].needs_sources] == [
        *("prior_evaluation", "learner_survey", "guideline", "planning_committee", "literature_review", "regulation"),
        *("hospital_quality_data", "practice_quality_data", "public_quality_data"),
    ]


@pytest.mark.requirement(
    "TUFTS-32", "TUFTS-33", "TUFTS-34", "TUFTS-35", "TUFTS-36", "TUFTS-37", "TUFTS-38", "TUFTS-39", "TUFTS-29"
)
def test_tufts_offers_point_of_care_print_and_resources_without_credit():
    formats = {term.key: term.standard for term in PROFILES["tufts"].formats}
    assert formats == {
        **{"series": "series", "live_course": "live", "webcast": "live", "point_of_care": "point_of_care"},
        **{
            "enduring_web": "enduring",
            "enduring_computer": "enduring",
            "enduring_print": "enduring",
            "teaching_resource": "none",
        },
    }
    assert [slug for slug in SLUGS if "point_of_care" in keys(PROFILES[slug].formats)] == ["tufts"]


@pytest.mark.requirement("TUFTS-58", "TUFTS-64")
def test_tufts_has_a_pharmacy_goal_beside_the_mission():
    (goal,) = PROFILES["tufts"].goals_of("goal")
    assert goal.key == "pharmacy" and "pharmacy" in PROFILES["tufts"].registers


@pytest.mark.requirement("TUFTS-62")
def test_tufts_names_acpe_standards_and_is_not_taken_for_jointly_accredited():
    bodies = {found.body: found for found in PROFILES["tufts"].accreditations}
    assert bodies["ACPE"].kind == "standards_named" and bodies["ACPE"].confirmed
    assert not bodies["ACCME"].confirmed and "JA" not in bodies


@pytest.mark.requirement("TUFTS-65")
def test_tufts_shows_its_sections_under_their_own_titles_in_order():
    headings = [section.heading for section in PROFILES["tufts"].mission.sections]
    assert headings == ["Mission", "Content areas", "Target audiences", "Types of activities", "Expected results"]


@pytest.mark.requirement("TUFTS-66", "TUFTS-67", "TUFTS-68")
def test_tufts_has_nine_to_five_hours_a_zone_and_a_fax():
    tufts = PROFILES["tufts"]
    assert {(hours.opens.hour, hours.closes.hour) for hours in tufts.contact.hours} == {(9, 17)}
    assert tufts.time_zone == "America/New_York" and tufts.contact.fax and len(tufts.contact.address) == 3
    assert [slug for slug in SLUGS if PROFILES[slug].contact.fax] == ["tufts"]


@pytest.mark.requirement("TUFTS-05", "WASHU-14")
@pytest.mark.parametrize(
    "slug, state, nation, band",
    [
        ("tufts", "MA", "US", "local"),
        ("tufts", "VT", "US", "regional"),
        ("tufts", "TX", "US", "national"),
        ("tufts", "", "DE", "international"),
        ("washu", "MO", "US", "local"),
        ("washu", "MA", "US", "national"),
        ("washu", "", "IN", "international"),
    ],
)
def test_reach_follows_from_where_a_learner_is(slug, state, nation, band):
    assert PROFILES[slug].reach_of(state, nation) == band


# UMass Chan


@pytest.mark.requirement("UMASS-02")
@pytest.mark.parametrize(
    "state, nation, band",
    [("MA", "US", "state"), ("TX", "US", "national"), ("", "IE", "named_nations"), ("", "FR", "")],
)
def test_umass_reaches_its_state_the_nation_and_the_nations_it_names(state, nation, band):
    umass = PROFILES["umass"]
    assert umass.reach_of(state, nation) == band and len(umass.reach) == 3 and umass.reach[2].nations


@pytest.mark.requirement("UMASS-39")
def test_umass_headings_need_not_match_what_stands_under_them():
    types = next(section for section in PROFILES["umass"].mission.sections if section.heading == "Types of activities")
    assert {tag for statement in types.statements for tag in statement.tags} == {"needs_source", "content_area"}
    assert "needs_data" in {statement.key for statement in PROFILES["umass"].mission.tagged("needs_source")}


@pytest.mark.requirement("UMASS-01", "UMASS-04", "UMASS-36", "UMASS-38")
def test_umass_expects_population_health_adoption_and_outcomes():
    assert {result.kind for result in PROFILES["umass"].expected_results} == {
        "competence",
        "performance",
        "patient_outcomes",
        "population_health",
    }


@pytest.mark.requirement("UMASS-05", "UMASS-07", "UMASS-13", "UMASS-21", "UMASS-27")
def test_umass_keeps_registers_of_innovations_collaborations_emergencies_and_quality_contacts():
    assert {"innovation", "external_innovation", "collaboration", "emergency", "quality_contacts"} <= PROFILES[
        "umass"
    ].registers
    assert [slug for slug in SLUGS if "external_innovation" in PROFILES[slug].registers] == ["umass"]


@pytest.mark.requirement("UMASS-09", "UMASS-10", "UMASS-11", "UMASS-14", "UMASS-22", "UMASS-03")
def test_umass_teaches_alumni_students_trainees_and_the_public():
    assert {"medical_faculty", "alumni", "student", "trainee", "community", "public"} <= keys(
        PROFILES["umass"].audiences
    )


@pytest.mark.requirement("UMASS-16", "UMASS-17", "UMASS-18", "UMASS-19")
def test_umass_offers_lectures_workshops_and_case_simulations():
    assert {"lecture", "workshop", "simulation", "webcast", "enduring_web"} <= keys(PROFILES["umass"].formats)


@pytest.mark.requirement("UMASS-26", "UMASS-28", "UMASS-29", "UMASS-30", "UMASS-31", "UMASS-32", "UMASS-33")
def test_umass_reads_needs_from_its_own_sources():
    wanted = {
        "provider_survey",
        "quality_assurance",
        "oversight_committee",
        "literature_review",
        "public_health_report",
    }
    assert wanted | {"peer_reviewed_publication", "prior_evaluation", "research_advance"} == keys(
        PROFILES["umass"].needs_sources
    )


def test_umass_and_harvard_name_no_accreditor_so_none_is_confirmed():
    for slug in ("umass", "hms"):
        assert not any(found.confirmed for found in PROFILES[slug].accreditations), slug


# Harvard


@pytest.mark.requirement("HMS-01")
def test_harvard_links_its_expected_results_to_the_schools_mission():
    assert PROFILES["hms"].institutional_mission
    assert [r.key for r in PROFILES["hms"].expected_results if not r.supports_institution] == ["lifelong_learning"]


def test_harvards_mission_has_four_passages_and_no_headings():
    assert [section.heading for section in PROFILES["hms"].mission.sections] == ["", "", "", ""]


@pytest.mark.requirement("HMS-12", "HMS-41", "HMS-11", "HMS-42", "HMS-43")
def test_harvard_expects_team_competence_and_better_medical_research():
    kinds = {result.kind: result.indicator.key for result in PROFILES["hms"].expected_results}
    assert kinds["team_competence"] == "team_competence_change"
    assert kinds["research_practice"] == "research_practice_change_made"
    assert kinds["patient_outcomes"] == "countries_reached"
    assert {"competence", "performance", "patient_care"} <= kinds.keys()


@pytest.mark.requirement("HMS-14", "HMS-15", "HMS-16", "UCONN-36")
@pytest.mark.parametrize("slug", ["hms", "uconn"])
def test_content_belongs_to_one_of_three_domains(slug):
    assert [term.key for term in PROFILES[slug].content_domains] == [
        "basic_science",
        "clinical_medicine",
        "provision_of_care",
    ]


@pytest.mark.requirement("HMS-18", "HMS-19", "HMS-20", "HMS-21", "HMS-22", "HMS-23", "HMS-24", "HMS-25", "HMS-26")
def test_harvard_lists_its_nine_topics():
    assert len(PROFILES["hms"].content_areas) == 9
    assert {"patient_safety", "risk_management", "personalized_medicine", "leadership"} <= keys(
        PROFILES["hms"].content_areas
    )


@pytest.mark.requirement("HMS-32", "HMS-33", "HMS-34", "HMS-35", "HMS-36", "HMS-37")
def test_harvard_offers_virtual_video_audio_and_print():
    assert keys(PROFILES["hms"].formats) == {
        *("live_course", "live_virtual", "hybrid", "series", "enduring_video", "enduring_audio", "enduring_print")
    }
    assert [slug for slug in SLUGS if "enduring_audio" in keys(PROFILES[slug].formats)] == ["hms"]


@pytest.mark.requirement("HMS-02")
def test_harvard_alone_asks_for_voluntary_self_description():
    assert [slug for slug in SLUGS if "self_description" in PROFILES[slug].registers] == ["hms"]


@pytest.mark.requirement("HMS-17", "WASHU-09")
def test_the_specialty_list_has_two_levels_and_tells_medical_from_surgical():
    found = read_specialties((FOLDER / "shared" / "specialties.toml").read_bytes(), "specialties.toml")
    top = {term.key: term.standard for term in found if not term.parent}
    assert set(top.values()) == {"medical", "surgical", "other"} and top["urology"] == "surgical"
    assert all(term.parent in top for term in found if term.parent)
    assert next(term.parent for term in found if term.key == "nephrology") == "internal_medicine"
    assert all(profile.specialties == "shared" for profile in PROFILES.values())


# UConn


@pytest.mark.requirement("UCONN-01", "UCONN-37")
def test_uconn_shows_its_vision_beside_the_mission_on_the_about_page():
    uconn = PROFILES["uconn"]
    assert uconn.goals_of("vision") and uconn.mission.tagged("vision")
    about = next(page for page in uconn.pages if page.key == "about")
    assert about.parts[:2] == ("vision", "mission_sections")
    ways = next(section for section in uconn.mission.sections if section.heading == "How we do this")
    assert len(ways.statements) == 8


@pytest.mark.requirement("UCONN-02", "UCONN-03", "UCONN-04", "UCONN-06")
def test_uconn_expects_competency_performance_outcomes_and_informed_communities():
    uconn = PROFILES["uconn"]
    assert [result.kind for result in uconn.expected_results] == [
        "competence",
        "performance",
        "patient_outcomes",
        "community_information",
    ]
    assert uconn.institutional_mission and all(result.supports_institution for result in uconn.expected_results)


@pytest.mark.requirement("UCONN-05", "UCONN-24", "UCONN-31")
def test_uconn_keeps_community_education_apart_from_credit():
    formats = {term.key: term.standard for term in PROFILES["uconn"].formats}
    assert formats["community_event"] == "none" and formats["centralized"] == "live"
    assert formats["learning_from_teaching"] == "learning_from_teaching"
    assert "Community" in PROFILES["uconn"].office_name


@pytest.mark.requirement("UCONN-07", "UCONN-08", "UCONN-09", "UCONN-10")
def test_uconn_serves_practitioners_teachers_researchers_and_communities():
    assert {"practitioner", "teacher", "researcher", "community"} <= keys(PROFILES["uconn"].audiences)


@pytest.mark.requirement("UCONN-26", "UCONN-27")
def test_uconn_keeps_policies_for_both_tracks_each_under_a_rule():
    policies = PROFILES["uconn"].policies
    assert {policy.track for policy in policies} == {"continuing", "community"}
    assert all(policy.rule and policy.review_months > 0 for policy in policies)


@pytest.mark.requirement("UCONN-11", "UCONN-18", "UCONN-28", "UCONN-30")
def test_uconn_keeps_registers_no_other_program_has():
    for register in ("senior_administration", "lcme_acgme", "requirement_tracker"):
        assert [slug for slug in SLUGS if register in PROFILES[slug].registers] == ["uconn"], register
    assert "research" in PROFILES["uconn"].registers


@pytest.mark.requirement("UCONN-33")
def test_uconn_shows_what_it_means_by_continuing_education():
    (definition,) = PROFILES["uconn"].mission.tagged("definition")
    assert "relationships" in definition.text and "2011" in definition.text


# WashU


@pytest.mark.requirement("WASHU-28")
def test_washu_is_jointly_accredited_by_three_bodies_under_one_statement():
    found = {a.body: a for a in PROFILES["washu"].accreditations}
    assert set(found) == {"JA", "ACCME", "ACPE", "ANCC"} and all(a.kind == "joint" for a in found.values())
    assert [a.body for a in found.values() if a.statement == "joint_accreditation"] == ["JA"]
    assert [slug for slug in SLUGS if any(a.kind == "joint" for a in PROFILES[slug].accreditations)] == ["washu"]


@pytest.mark.requirement("WASHU-03", "WASHU-04", "WASHU-05", "WASHU-23", "WASHU-24", "WASHU-25", "WASHU-26", "WASHU-27")
def test_washu_tells_patient_care_from_patient_outcomes():
    results = PROFILES["washu"].expected_results
    assert [r.kind for r in results] == ["knowledge", "competence", "performance", "patient_care", "patient_outcomes"]
    assert len({r.indicator.key for r in results}) == 5


@pytest.mark.requirement("WASHU-39")
def test_washu_publishes_seven_objectives():
    washu = PROFILES["washu"]
    assert len(washu.goals_of("objective")) == 7
    assert "objectives" in next(page for page in washu.pages if page.key == "mission").parts


@pytest.mark.requirement("WASHU-08", "WASHU-10", "WASHU-11", "WASHU-12", "WASHU-13", "WASHU-34")
def test_washu_lists_disparities_prevention_and_basic_science():
    washu = PROFILES["washu"]
    assert {"basic_science", "diagnosis", "treatment", "prevention", "disparities"} <= keys(washu.content_areas)
    assert {"disparities", "changing_delivery", "research_translation"} <= keys(
        washu.themes
    ) and washu.competency_required


@pytest.mark.requirement("WASHU-15", "WASHU-16", "WASHU-18", "WASHU-19", "WASHU-20", "WASHU-21", "WASHU-22")
def test_washu_serves_teams_and_trainees_by_recurring_courses_series_and_distance_learning():
    washu = PROFILES["washu"]
    assert {"trainee", "allied_health", "interprofessional_team"} <= keys(washu.audiences)
    assert {"live_course", "series", "enduring_web", "enduring_other"} <= keys(washu.formats)
    assert washu.time_zone == "America/Chicago"


def test_each_program_calls_things_by_its_own_words():
    words = {slug: PROFILES[slug].vocabulary for slug in SLUGS}
    assert words["uconn"]["applicant"] == "entity" and words["washu"]["faculty"] == "educator"
    assert label(PROFILES["tufts"].formats, "series") != label(PROFILES["uconn"].formats, "series")
