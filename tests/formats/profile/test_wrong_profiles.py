"""A profile that cannot be used names its file, its key and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from lifelong.formats.profile import ProfileError, read_profile, read_specialties

FOLDER = Path(__file__).parents[3] / "src" / "lifelong" / "loop" / "program" / "profiles"
GOOD = (FOLDER / "washu.toml").read_text(encoding="utf-8")

# what is replaced, by what, the key the error names, a word of its sentence
WRONG = {
    "unknown key at the top": ('slug = "washu"', 'slug = "washu"\nmotto = "x"', "motto", "not known here"),
    "unknown key in a table": ("demo = true", "demo = true\npager = 1", "contact.pager", "not known here"),
    "unknown key in a statement": (
        'tags = ["accreditation"] }',
        'tags = ["accreditation"], mood = 1 }',
        "mission.section[6].statement[accreditation].mood",
        "not known",
    ),
    "missing name": ('name = "Washington University School of Medicine in St. Louis"\n', "", "name", "missing"),
    "missing contact phone": ('phone = "+1 314 555 0140"\n', "", "contact.phone", "missing"),
    "missing tags": (
        ', tags = ["accreditation"] }',
        " }",
        "mission.section[6].statement[accreditation].tags",
        "missing",
    ),
    "empty text": (
        'office_name = "Continuing Medical Education Program"',
        'office_name = "  "',
        "office_name",
        "empty",
    ),
    "number where text stands": ('short_name = "WashU"', "short_name = 7", "short_name", "a value of kind int"),
    "text where a date stands": (
        "effective_from = 2026-07-01",
        'effective_from = "soon"',
        "mission.effective_from",
        "a value of kind str",
    ),
    "text where a flag stands": (
        "competency_required = true",
        'competency_required = "yes"',
        "competency_required",
        "true or false",
    ),
    "flag where a number stands": (
        "target = 80",
        "target = true",
        "expected_result[knowledge].indicator.target",
        "a value of kind bool",
    ),
    "text where a list stands": (
        'tags = ["accreditation"]',
        'tags = "accreditation"',
        "mission.section[6].statement[accreditation].tags",
        "a value of kind str",
    ),
    "duplicate key of the file": ('slug = "washu"', 'slug = "washu"\nslug = "washu"', "slug", "not well-formed"),
    "duplicate expected result": (
        'key = "competence"\nkind',
        'key = "knowledge"\nkind',
        "expected_result[knowledge].key",
        "used twice",
    ),
    "duplicate statement": (
        'key = "areas"',
        'key = "content"',
        "mission.section[2].statement[content].key",
        "used twice",
    ),
    "duplicate body": ('body = "ACPE"', 'body = "ACCME"', "accreditation[3].key", "used twice"),
    "duplicate tag": (
        'tags = ["accreditation"]',
        'tags = ["goal", "goal"]',
        "mission.section[6].statement[accreditation].tags",
        "listed twice",
    ),
    "dangling statement": (
        'label = "Knowledge"\nstatement = "results"',
        'label = "Knowledge"\nstatement = "gone"',
        "expected_result[knowledge].statement",
        "'gone'",
    ),
    "dangling result": (
        'expected_results = ["patient_care"]',
        'expected_results = ["love"]',
        "goal[quality_improvement].expected_results",
        "'love'",
    ),
    "unknown tag": (
        'tags = ["accreditation"]',
        'tags = ["weather"]',
        "mission.section[6].statement[accreditation].tags",
        "'weather'",
    ),
    "unknown result kind": ('kind = "patient_care"', 'kind = "joy"', "expected_result[patient_care].kind", "'joy'"),
    "unknown indicator": (
        'key = "knowledge_gain"',
        'key = "smiles"',
        "expected_result[knowledge].indicator.key",
        "'smiles'",
    ),
    "unknown direction": (
        'target = 80, direction = "higher"',
        'target = 80, direction = "up"',
        "expected_result[knowledge].indicator.direction",
        "'up'",
    ),
    "unknown format": ('key = "enduring_other"', 'key = "hologram"', "format[hologram].key", "'hologram'"),
    "unknown word": ("[vocabulary]", '[vocabulary]\nlunch = "x"', "vocabulary.lunch", "not known here"),
    "unknown zone": ("America/Chicago", "Moon/Base", "time_zone", "not a time zone"),
    "wrong colour": ("#a51417", "crimson", "accent", "not a colour"),
    "wrong e-mail": ("cme@washu.example.org", "cme at washu", "contact.email", "not an e-mail"),
    "closes before it opens": (
        "closes = 16:30:00",
        "closes = 07:30:00",
        "contact.hours[1].closes",
        "closes before it opens",
    ),
    "unknown weekday": ('"friday"]', '"fryday"]', "contact.hours[1].weekdays", "'fryday'"),
    "wrong state code": ('"MO", "IL"', '"MO", "Illinois"', "reach[local].states", "two-letter"),
    "a band that hides the next": (', states = ["MO", "IL"]', "", "reach[local]", "stay empty"),
    "supports a mission that is not there": (
        'label = "Knowledge"',
        'label = "Knowledge"\nsupports_institution = true',
        "expected_result[knowledge].supports_institution",
        "no institutional",
    ),
    "wrong key": ('key = "outcome_measures"', 'key = "Outcome Measures"', "goal[Outcome Measures].key", "not a key"),
    "no expected result": ("[[expected_result]]", "[[unexpected]]", "expected_result", "missing"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_profile_names_file_key_and_reason(name):
    old, new, key, word = WRONG[name]
    assert old in GOOD
    count = -1 if name == "no expected result" else 1
    with pytest.raises(ProfileError) as caught:
        read_profile(GOOD.replace(old, new, count).encode(), "washu.toml")
    error = caught.value
    assert (error.file, error.key) == ("washu.toml", key)
    assert word in error.sentence and error.next_step
    assert "washu.toml" in str(error) and error.sentence in str(error)


def test_a_file_that_is_not_text_is_refused():
    with pytest.raises(ProfileError) as caught:
        read_profile(b"\xff\xfe\x00", "broken.toml")
    assert caught.value.file == "broken.toml" and "UTF-8" in caught.value.sentence


def test_a_subspecialty_named_twice_is_refused():
    text = '[[specialty]]\nkey = "a"\nlabel = "A"\ngroup = "medical"\nsubspecialty = [{ key = "a", label = "Again" }]\n'
    with pytest.raises(ProfileError) as caught:
        read_specialties(text.encode(), "specialties.toml")
    assert "used twice" in caught.value.sentence
