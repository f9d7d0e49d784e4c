"""What we do to code free text: a codebook in versions, two coders apart, then the consensus. Every coder's codes stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import problem
from lifelong.loop.evaluation import coding_reads
from lifelong.loop.evaluation.models import Code, Codebook, CodedText, Coding, CodingCode, CodingRound
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Campaign
from lifelong.loop.surveys.reads import minimum_group

P = Permission
CODERS = 2
_KEY = re.compile(r"[^a-z0-9]+")


@action(needs=P.EDIT_EVALUATION, audit="codebook.saved")
def save_codebook(
    actor: Actor, provider: AccreditedProvider, *, title: str, codes: Sequence[Mapping[str, str]]
) -> Codebook:
    """Save the codes {label, meaning, words}. A draft is replaced; where the newest version is published, the next one begins."""
    if not title.strip():
        raise problem("codebook.title", "The codebook has no title.", "Give it one.", "title")
    labels = [str(code["label"]).strip() for code in codes]
    keys = [_KEY.sub("_", label.lower()).strip("_")[:40] for label in labels]
    if len(keys) < 2 or not all(keys) or len(set(keys)) != len(keys):
        raise problem("codebook.codes", "A codebook needs two codes or more, each with its own name.", "One code a line.", "codes")  # fmt: skip
    unsaid = [label for label, code in zip(labels, codes, strict=True) if not str(code.get("meaning", "")).strip()]
    if unsaid:
        raise problem(
            "codebook.meaning", f"Nobody could apply {', '.join(unsaid[:3])} the same way: it has no meaning.",
            "Say when to use it.", "codes",
        )  # fmt: skip
    newest = Codebook.objects.filter(provider=provider, title=title.strip()).order_by("-version").first()
    if newest is None or newest.published_at is not None:
        version = newest.version + 1 if newest else 1
        row: Codebook = Codebook.objects.create(provider=provider, title=title.strip()[:120], version=version)
    else:
        row = newest
        row.codes.all().delete()
    Code.objects.bulk_create(
        [
            Code(
                codebook=row, position=position, key=key, label=str(code["label"]).strip()[:80],
                meaning=str(code["meaning"]).strip()[:400], words=str(code.get("words", "")).strip()[:300],
            )
            for position, (key, code) in enumerate(zip(keys, codes, strict=True))
        ]
    )  # fmt: skip
    return row


@action(needs=P.EDIT_EVALUATION, audit="codebook.published")
def publish_codebook(actor: Actor, codebook: Codebook) -> Codebook | Unchanged:
    if codebook.published_at is not None:
        return Unchanged(codebook)
    codebook.published_at = clock.now()
    codebook.save(update_fields=["published_at"])
    return codebook


@action(needs=P.EDIT_EVALUATION, audit="coding.opened")
def open_round(
    actor: Actor, provider: AccreditedProvider, *, codebook: Codebook, question_key: str, activity: Activity | None = None,
    campaign: Campaign | None = None,
) -> CodingRound | Unchanged:  # fmt: skip
    """Copy the texts of one question, without names and mixed, for two coders. `question_key` "plans" takes planned changes.

    Natural key: codebook, subject and question.
    """
    if codebook.provider_id != provider.pk or codebook.published_at is None:
        raise problem("coding.codebook", "Only a published codebook is applied.", "Publish it first.", "codebook")
    subject = activity or campaign
    if subject is None or subject.provider_id != provider.pk or (activity and campaign):
        raise problem("coding.subject", "The texts come from one activity or one campaign.", "Choose one.", "subject")
    same = CodingRound.objects.filter(
        codebook=codebook, activity=activity, campaign=campaign, question_key=question_key
    ).first()
    if same is not None:
        return Unchanged(same)
    texts = coding_reads.texts_to_code(actor, activity=activity, campaign=campaign, question_key=question_key)
    if len(texts) < minimum_group():
        raise problem(
            "coding.few", f"Fewer than {minimum_group()} texts can be read here.",
            "Wait for more answers, or for the end of the campaign.", "subject",
        )  # fmt: skip
    row: CodingRound = CodingRound.objects.create(
        provider=provider, codebook=codebook, title=str(subject)[:200], activity=activity, campaign=campaign,
        question_key=question_key, opened_at=clock.now(),
    )  # fmt: skip
    CodedText.objects.bulk_create(
        [CodedText(round=row, position=position, text=text) for position, text in enumerate(texts)], batch_size=500
    )
    return row


@action(needs=P.EDIT_EVALUATION, audit="text.coded")
def code_text(actor: Actor, text: CodedText, *, codes: Iterable[int]) -> Coding:
    """One coder's judgement of one text; an empty list says that no code fits. May be changed until both coders are done."""
    coders = coding_reads.coders(text.round)
    if actor.person_id is None or (actor.person_id not in coders and len(coders) >= CODERS):
        raise problem("coding.two", "Two people code these texts already.", "Help with the consensus instead.", "")
    if coding_reads.is_coded(text.round):
        raise problem(
            "coding.done",
            "Both coders are done; their codes are kept as they are.",
            "Settle the rest by consensus.",
            "",
        )
    row, _ = Coding.objects.update_or_create(
        text=text, kind=Coding.Kind.HUMAN, coder_id=actor.person_id, defaults={"at": clock.now()}
    )
    _give(row, text, codes)
    if coding_reads.is_coded(text.round):
        _suggest(text.round)
        _settle_agreed(text.round)
    return row


@action(needs=P.EDIT_EVALUATION, audit="text.settled")
def settle_text(actor: Actor, text: CodedText, *, codes: Iterable[int]) -> Coding:
    """The codes that both coders agree on after talking. Possible once both are done; their own codes stay beside it."""
    if not coding_reads.is_coded(text.round):
        raise problem("coding.waits", "The texts are not coded by two people yet.", "Code them first.", "")
    row, _ = Coding.objects.update_or_create(
        text=text, kind=Coding.Kind.CONSENSUS, defaults={"at": clock.now(), "coder_id": actor.person_id}
    )
    _give(row, text, codes)
    return row


def _give(row: Coding, text: CodedText, codes: Iterable[int]) -> None:
    wanted = set(codes)
    known = set(Code.objects.filter(codebook_id=text.round.codebook_id, pk__in=wanted).values_list("pk", flat=True))
    if wanted - known:
        raise problem("coding.code", "A code is not in this codebook.", "Choose from the list.", "codes")
    CodingCode.objects.filter(coding=row).exclude(code_id__in=known).delete()
    CodingCode.objects.bulk_create([CodingCode(coding=row, code_id=pk) for pk in sorted(known)], ignore_conflicts=True)


def _suggest(of: CodingRound) -> None:
    """The machine's codes, made only now: nobody has seen them before judging. Words of the codebook found in the text."""
    codes = [(code.pk, coding_reads.words_of(code)) for code in of.codebook.codes.all()]
    rows = [Coding(text=text, kind=Coding.Kind.MACHINE, at=clock.now()) for text in of.texts.all()]
    Coding.objects.bulk_create(rows, ignore_conflicts=True)
    made = Coding.objects.filter(text__round=of, kind=Coding.Kind.MACHINE).select_related("text")
    CodingCode.objects.bulk_create(
        [
            CodingCode(coding=row, code_id=pk)
            for row in made
            for pk, words in codes
            if coding_reads.words_in(row.text.text) & words
        ],
        ignore_conflicts=True,
    )


def _settle_agreed(of: CodingRound) -> None:
    """Where both gave the same codes there is nothing to settle."""
    for text, judged in coding_reads.judgements(of).items():
        first, second = judged
        if first == second:
            row, _ = Coding.objects.get_or_create(
                text_id=text, kind=Coding.Kind.CONSENSUS, defaults={"at": clock.now()}
            )
            CodingCode.objects.bulk_create(
                [CodingCode(coding=row, code_id=pk) for pk in sorted(first)], ignore_conflicts=True
            )
