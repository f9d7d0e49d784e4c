"""What we know of coding: texts to code, how far the coders agree before they talk, themes after."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.evaluation import reads
from lifelong.loop.evaluation.kappa import Kappa, kappa
from lifelong.loop.evaluation.models import Code, Codebook, CodedText, Coding, CodingRound, Commitment
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys import campaign_reads
from lifelong.loop.surveys import reads as surveys
from lifelong.loop.surveys.models import Campaign
from lifelong.loop.surveys.quotes import shuffled, without_names

P = Permission
PLANS = "plans"
CODERS = 2
_WORD = re.compile(r"[a-z]{4,}")
_COMMON = frozenset(
    (
        "this",
        "that",
        "with",
        "from",
        "have",
        "when",
        "what",
        "which",
        "they",
        "their",
        "there",
        "about",
        "into",
        "more",
        "than",
    )
)


def _see(viewer: Actor, provider: AccreditedProvider) -> None:
    if not reach(viewer, P.SEE_EVALUATION, provider.pk)[0]:
        raise NotFound("coding")


def codebooks(viewer: Actor, provider: AccreditedProvider) -> list[Codebook]:
    """All versions, newest first."""
    _see(viewer, provider)
    return list(Codebook.objects.filter(provider=provider).prefetch_related("codes").order_by("title", "-version"))


def codebook(viewer: Actor, provider: AccreditedProvider, codebook_id: int) -> Codebook:
    found = next((row for row in codebooks(viewer, provider) if row.pk == codebook_id), None)
    if found is None:
        raise NotFound("codebook")
    return found


def rounds(viewer: Actor, provider: AccreditedProvider) -> list[tuple[CodingRound, int, int]]:
    """(round, number of texts, number of texts with a consensus), newest first."""
    _see(viewer, provider)
    rows = list(CodingRound.objects.filter(provider=provider).select_related("codebook").annotate(n=Count("texts")))
    settled = Coding.objects.filter(text__round__provider=provider, kind=Coding.Kind.CONSENSUS)
    done = dict(settled.values("text__round").annotate(n=Count("pk")).values_list("text__round", "n"))
    return [(row, row.n, done.get(row.pk, 0)) for row in rows]


def round_of(viewer: Actor, provider: AccreditedProvider, round_id: int) -> CodingRound:
    _see(viewer, provider)
    found = CodingRound.objects.filter(provider=provider, pk=round_id).select_related("codebook", "provider").first()
    if found is None:
        raise NotFound("coding")
    return found  # type: ignore[no-any-return]


def text_of(viewer: Actor, provider: AccreditedProvider, text_id: int) -> CodedText:
    _see(viewer, provider)
    found = CodedText.objects.filter(round__provider=provider, pk=text_id).select_related("round__codebook").first()
    if found is None:
        raise NotFound("text")
    return found  # type: ignore[no-any-return]


def texts_to_code(
    viewer: Actor, *, activity: Activity | None, campaign: Campaign | None, question_key: str
) -> list[str]:
    """Without names, mixed; empty below the smallest group, and while a campaign runs."""
    if campaign is not None:
        return campaign_reads.texts(viewer, campaign).get(question_key, [])
    assert activity is not None
    if question_key != PLANS:
        return reads.comments(activity, question_key, limit=5000)
    rows = Commitment.objects.filter(activity=activity).select_related("person").order_by("pk")
    if len({row.person_id for row in rows}) < surveys.minimum_group():
        return []
    names = [f"{row.person.given_name} {row.person.family_name}" for row in rows]
    return shuffled(without_names(row.text, names) for row in rows)


# --- coders


def coders(of: CodingRound) -> list[int]:
    """The people who code, in the order in which they began; two at most."""
    rows = (
        Coding.objects.filter(text__round=of, kind=Coding.Kind.HUMAN).order_by("pk").values_list("coder_id", flat=True)
    )
    return list(dict.fromkeys(rows))[:CODERS]


def is_coded(of: CodingRound) -> bool:
    """Whether two people have judged every text."""
    done = Coding.objects.filter(text__round=of, kind=Coding.Kind.HUMAN).count()
    return done >= CODERS * of.texts.count()


def own_codes(viewer: Actor, of: CodingRound) -> dict[int, set[int]]:
    """What the viewer has judged so far: text -> codes. Never what the other one judged."""
    return _codes(Coding.objects.filter(text__round=of, kind=Coding.Kind.HUMAN, coder_id=viewer.person_id))


def _codes(rows: object) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for text_id, code_id in rows.values_list("text_id", "coded__code_id"):  # type: ignore[attr-defined]
        found.setdefault(text_id, set())
        if code_id is not None:
            found[text_id].add(code_id)
    return found


def judgements(of: CodingRound) -> dict[int, tuple[set[int], set[int]]]:
    """Text -> codes of the first and of the second coder, where both have judged it."""
    pair = coders(of)
    if len(pair) < CODERS:
        return {}
    first, second = (
        _codes(Coding.objects.filter(text__round=of, kind=Coding.Kind.HUMAN, coder_id=who)) for who in pair
    )
    return {text: (first[text], second[text]) for text in first if text in second}


def next_text(viewer: Actor, of: CodingRound) -> CodedText | None:
    """The next text the viewer has not judged."""
    return of.texts.exclude(codings__kind=Coding.Kind.HUMAN, codings__coder_id=viewer.person_id).first()


@dataclass(frozen=True, slots=True)
class Agreement:
    code: Code
    kappa: Kappa


def agreement(of: CodingRound) -> list[Agreement]:
    """Kappa per code, as the coders judged before they talked. Empty until both are done."""
    if not is_coded(of):
        return []
    judged = judgements(of).values()
    return [
        Agreement(code, kappa((code.pk in first, code.pk in second) for first, second in judged))
        for code in of.codebook.codes.all()
    ]


@dataclass(frozen=True, slots=True)
class ToSettle:
    """A text the coders saw differently, with the machine's codes as a third voice."""

    text: CodedText
    first: set[int]
    second: set[int]
    machine: set[int]


def to_settle(of: CodingRound) -> list[ToSettle]:
    """Texts without a consensus. Empty until both coders are done: nobody sees the other's codes, or the machine's, before."""
    if not is_coded(of):
        return []
    machine = _codes(Coding.objects.filter(text__round=of, kind=Coding.Kind.MACHINE))
    judged = judgements(of)
    waiting = of.texts.exclude(codings__kind=Coding.Kind.CONSENSUS)
    return [ToSettle(text, *judged[text.pk], machine.get(text.pk, set())) for text in waiting]


@dataclass(frozen=True, slots=True)
class CodedTheme:
    """A code after the consensus. `texts` is None and there are no quotes below the smallest group."""

    label: str
    texts: int | None
    quotes: tuple[str, ...]
    machine: int | None


def coded_themes(of: CodingRound) -> list[CodedTheme]:
    """Themes of a round, most first, each with its quotes; texts with several codes stand under each. Empty while any text waits."""
    settled = _codes(Coding.objects.filter(text__round=of, kind=Coding.Kind.CONSENSUS))
    texts = dict(of.texts.values_list("pk", "text"))
    if len(settled) < len(texts):
        return []
    machine = _codes(Coding.objects.filter(text__round=of, kind=Coding.Kind.MACHINE))
    said: dict[int, list[str]] = defaultdict(list)
    for text_id, codes in settled.items():
        for code_id in codes:
            said[code_id].append(texts[text_id])
    least = surveys.minimum_group()
    found = []
    for code in of.codebook.codes.all():
        quotes = said.get(code.pk, [])
        enough = not quotes or len(quotes) >= least
        by_machine = sum(code.pk in codes for codes in machine.values())
        found.append(
            CodedTheme(
                code.label, len(quotes) if enough else None, tuple(shuffled(quotes)) if enough else (),
                by_machine if not by_machine or by_machine >= least else None,
            )
        )  # fmt: skip
    return sorted(found, key=lambda theme: (-(theme.texts or 0), theme.label))


# --- the machine's words


def words_in(text: str) -> set[str]:
    """The words of a text by their stems, roughly: lower case, four letters or more, cut after six."""
    return {word[:6] for word in _WORD.findall(text.lower()) if word not in _COMMON}


def words_of(code: Code) -> set[str]:
    """What the machine looks for: the code's own words, or those of its label."""
    return words_in(code.words or code.label)
