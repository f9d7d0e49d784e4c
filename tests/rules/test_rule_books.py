"""Every prescription has a source, a status and a date; a wrong book is refused with file, key and reason."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from lifelong.rules.books import FOLDER, BookError, Status, book_version, books, load_book, parse_book

HEAD = 'body = "x"\nversion = "1"\ntitle = "X"\nread_on = 2026-11-22\nusual_effective_from = 2022-01-01\n'
ENTRY = '[[entry]]\nkey = "a"\nvalue = 1\nsource = "S"\nstatus = "confirmed"\n'


def test_there_is_one_book_for_each_body():
    assert [book.body for book in books()] == ["accme", "acpe", "ama", "ancc", "ja", "lifelong", "states"]


@pytest.mark.parametrize("book", books(), ids=lambda book: book.body)
def test_every_entry_has_a_source_a_date_and_a_status(book):
    for entry in book.entries:
        assert entry.source.strip() and isinstance(entry.effective_from, date) and entry.status in set(Status), (
            entry.key
        )
        if entry.status is not Status.UNCONFIRMED:
            assert "none read" not in entry.source, f"{entry.key} claims to be {entry.status} but nobody read a source"


@pytest.mark.parametrize(
    ("body", "key", "value"),
    [
        ("accme", "sii.lookback_months", 24),
        ("accme", "sii.marketing_gap_minutes", 30),
        ("accme", "records.attendance_years", 6),
        ("accme", "abstract.gap_words", 100),
        ("accme", "abstract.format_words", 25),
        ("accme", "moc.report_days", 30),
        ("acpe", "report.last_day", 60),
        ("ama", "credit.increment", Decimal("0.25")),
        ("ama", "credit.minutes_per_credit", 60),
        ("ja", "ipce.share_percent", 25),
        ("ja", "ipce.share_months", 18),
        ("lifelong", "evaluation.minimum_group", 5),
        ("lifelong", "privacy.small_cell", 11),
    ],
)
def test_the_numbers_that_decide_are_those_of_the_sources(body, key, value):
    assert load_book(body).entry(key).value == value


@pytest.mark.parametrize(
    ("body", "key", "digest"),
    [
        ("accme", "statement.direct", "e10daf8f39e6"),
        ("accme", "statement.joint", "81b080b7a9ae"),
        ("ama", "statement.designation", "3f4f1fc7d1a7"),
        ("ama", "statement.learning_from_teaching", "105f6d026f73"),
        ("ja", "statement.direct", "3ed82237d394"),
        ("ja", "statement.ipce", "1ffec95ad7e9"),
        ("ja", "statement.aapa", "14256fb30a1b"),
    ],
)
def test_a_mandated_wording_does_not_change_by_accident(body, key, digest):
    text = str(load_book(body).entry(key).value)
    assert hashlib.sha256(text.encode()).hexdigest()[:12] == digest


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        ("body = ", "", "not valid TOML"),
        (HEAD + ENTRY.replace('source = "S"\n', ""), "a", "no source"),
        (HEAD + ENTRY.replace('"S"', '"  "'), "a", "no source"),
        (HEAD + ENTRY.replace("confirmed", "sure"), "a", "status must be one of"),
        (HEAD + ENTRY.replace("value = 1\n", ""), "a", "no value"),
        (HEAD + ENTRY.replace('key = "a"', 'key = ""'), "entry", "needs a key"),
        (HEAD + ENTRY + 'colour = "red"\n', "a", "unknown field colour"),
        (HEAD + "mood = 1\n" + ENTRY, "mood", "unknown field mood"),
        (HEAD + ENTRY + ENTRY, "a", "at the same time"),
        (HEAD + ENTRY + "effective_until = 2020-01-01\n", "a", "ends before it begins"),
        (HEAD + ENTRY + 'effective_from = "soon"\n', "a", "must be days"),
        (HEAD + ENTRY.replace("value = 1", "value = nan"), "a", "not a finite number"),
        (HEAD + ENTRY.replace("value = 1", "value = 07:30:00"), "a", "books do not use"),
        (HEAD.replace('version = "1"', 'version = ""') + ENTRY, "version", "must be a text"),
        (HEAD.replace("read_on = 2026-11-22\n", "") + ENTRY, "read_on, usual_effective_from", "as days"),
        (HEAD, "entry", "at least one entry"),
    ],
)
def test_a_wrong_book_is_refused_with_file_key_and_reason(content, key, reason):
    with pytest.raises(BookError, match=r"^x\.toml: ") as refusal:
        parse_book(content, "x.toml")
    assert refusal.value.file == "x.toml" and refusal.value.key == key and reason in refusal.value.reason


def test_what_nobody_has_read_may_be_shown_but_never_decides():
    book = load_book("ancc")
    assert book.entry("credit.minimum_hours").value == Decimal("0.5")
    with pytest.raises(BookError, match="may not decide"):
        book.amount("credit.minimum_hours")


def test_the_entry_in_force_on_the_day_is_found():
    older = ENTRY + "effective_until = 2023-12-31\n"
    newer = ENTRY.replace("value = 1", "value = 2") + "effective_from = 2024-01-01\n"
    book = parse_book(HEAD + older + newer, "x.toml")
    assert [book.integer("a", day) for day in (date(2023, 12, 31), date(2024, 1, 1))] == [1, 2]
    assert book.integer("a") == 2
    assert [entry.date_stated for entry in book.entries] == [False, True]
    with pytest.raises(BookError, match="no such entry on 2021-12-31"):
        book.entry("a", date(2021, 12, 31))


@pytest.mark.parametrize(
    ("ask", "value"),
    [("integer", '"1"'), ("integer", "true"), ("amount", '"1"'), ("text", "1"), ("names", "1"), ("table", "1")],
)
def test_a_value_of_another_kind_is_refused(ask, value):
    book = parse_book(HEAD + ENTRY.replace("value = 1", f"value = {value}"), "x.toml")
    with pytest.raises(BookError, match="expected here"):
        getattr(book, ask)("a")


def test_an_older_edition_stays_readable(tmp_path):
    (tmp_path / "earlier").mkdir()
    (tmp_path / "x.toml").write_text(HEAD.replace('"1"', '"2"') + ENTRY.replace("value = 1", "value = 2"))
    (tmp_path / "earlier" / "x-1.toml").write_text(HEAD + ENTRY)
    assert load_book("x", None, tmp_path).integer("a") == 2
    assert load_book("x", "1", tmp_path).integer("a") == 1
    with pytest.raises(BookError, match="there is no such book"):
        load_book("x", "3", tmp_path)


@pytest.mark.parametrize("name", ["y.toml", "earlier/x-1.toml"])
def test_a_misplaced_or_doubled_edition_is_refused(tmp_path, name):
    (tmp_path / "earlier").mkdir()
    (tmp_path / name).write_text(HEAD + ENTRY)
    if name != "y.toml":
        (tmp_path / "x.toml").write_text(HEAD + ENTRY)
    with pytest.raises(BookError):
        books(tmp_path)


def test_an_award_can_name_the_editions_that_decided_it():
    versions = {book.body: book.version for book in books()}
    assert book_version(["lifelong", "ama", "ama"]) == f"ama:{versions['ama']}+lifelong:{versions['lifelong']}"


def test_every_book_file_lies_in_the_package():
    assert {path.stem for path in FOLDER.glob("*.toml")} == {book.body for book in books()}
