"""Which statements must an activity show? The wordings are the bodies' own and live in the rule books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lifelong.rules.books import Entry, Status, load_book


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCredit:
    """One credit as the statement must tell it. `format` is a key of the AMA format words; `format_note` describes `other`."""

    credit_system: str
    amount: Decimal
    format: str = "live"
    format_note: str = ""
    acpe_type: str = ""
    uans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """Who provides, with whom, which credit. `accreditor` is accme or ja; `partners` are not accredited; `on` picks the wording."""

    accreditor: str
    provider: str
    partners: tuple[str, ...] = ()
    credits: tuple[StatedCredit, ...] = ()
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One rendered statement with where its wording comes from. `italic` is the part that is set in italics."""

    kind: str
    text: str
    source: str
    status: Status
    italic: str = ""


def statements(facts: StatementFacts) -> tuple[Statement, ...]:
    """The accreditation statement first, it stands alone; then one statement per credit, in the order given. Participation
    is no credit and has none."""
    credits = (credit for credit in facts.credits if credit.credit_system != "participation")
    return (accreditation_statement(facts), *(_credit(facts, credit) for credit in credits))


def accreditation_statement(facts: StatementFacts) -> Statement:
    """Direct or joint wording of the accreditor. Raises BookError for an accreditor without a book."""
    joint = bool(facts.partners)
    entry = load_book(facts.accreditor).entry("statement.joint" if joint else "statement.direct", facts.on)
    return _fill(
        "accreditation", entry, provider=_name(entry, facts.provider), together=_list((facts.provider, *facts.partners))
    )


def _credit(facts: StatementFacts, credit: StatedCredit) -> Statement:
    if credit.credit_system == "ama":
        return _ama(facts, credit)
    if credit.credit_system == "acpe":
        return _acpe(facts, credit)
    if credit.credit_system == "ancc":
        entry = load_book("ancc").entry("statement.designation", facts.on)
        hours = "hour" if credit.amount == 1 else "hours"
        return _fill("ancc", entry, provider=facts.provider, amount=_number(credit.amount), hour_word=hours)
    if credit.credit_system in ("ipce", "aapa"):
        entry = load_book("ja").entry(f"statement.{credit.credit_system}", facts.on)
        word = "credit" if credit.amount <= 1 else "credits"
        amount = _number(credit.amount)
        return _fill(credit.credit_system, entry, provider=facts.provider, amount=amount, credit_word=word)
    return Statement(
        credit.credit_system,
        f"This activity offers {_number(credit.amount)} {credit.credit_system.upper()} credit.",
        "no wording read",
        Status.UNCONFIRMED,
    )


def _ama(facts: StatementFacts, credit: StatedCredit) -> Statement:
    book = load_book("ama")
    word = credit_word(credit.amount)
    phrase = book.text("credit.phrase", facts.on).format(credit_word=word)
    if credit.format == "learning_from_teaching":
        entry = book.entry("statement.learning_from_teaching", facts.on)
        rate = book.integer("format.learning_from_teaching.credits_per_hour", facts.on)
        singular = book.text("credit.phrase", facts.on).format(credit_word=credit_word(Decimal(1)))
        provider = _name(entry, facts.provider)
        return _fill("ama", entry, singular, provider=provider, rate=str(rate))
    entry = book.entry("statement.designation", facts.on)
    words = str(book.table("format.words", facts.on)[credit.format])
    if credit.format == "other" and credit.format_note:
        words = f"{words} ({credit.format_note})"
    values = {"provider": _name(entry, facts.provider), "format": words, "amount": _number(credit.amount)}
    return _fill("ama", entry, phrase, **values, credit_word=word)


def _acpe(facts: StatementFacts, credit: StatedCredit) -> Statement:
    """One sentence per activity number: amount, type, number, audience and format are the prescribed fields."""
    book = load_book("acpe")
    entry = book.entry("statement.designation", facts.on)
    ceu = credit.amount * book.amount("credit.ceu_per_hour", facts.on)
    audiences, formats = book.table("statement.audience_words"), book.table("statement.format_words")
    lines = [
        _fill(
            "acpe",
            entry,
            uan=number,
            amount=_number(credit.amount),
            ceu=f"{ceu.normalize():f}",
            type=str(book.table("statement.type_words").get(credit.acpe_type, credit.acpe_type)),
            format=str(formats.get(number.split("-")[-2][:1], credit.format))
            if number.count("-") > 1
            else credit.format,
            audience=str(audiences.get(number[-1:], "pharmacy learners")),
        ).text
        for number in credit.uans
    ]
    return Statement("acpe", " ".join(lines), entry.source, entry.status)


def credit_word(amount: Decimal) -> str:
    """Credit or Credits, as the book of AMA PRA says."""
    words = load_book("ama").table("credit.words")
    singular_up_to = words["singular_up_to"]
    assert isinstance(singular_up_to, int | Decimal)
    return str(words["singular"] if amount <= singular_up_to else words["plural"])


def _fill(kind: str, entry: Entry, italic: str = "", **values: str) -> Statement:
    return Statement(kind, str(entry.value).format(**values), entry.source, entry.status, italic)


def _name(entry: Entry, provider: str) -> str:
    """Where the wording brings its own article, a provider called `The …` does not get two."""
    return provider.removeprefix("The ") if "The {provider}" in str(entry.value) else provider


def _list(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _number(amount: Decimal) -> str:
    return f"{amount:.2f}"
