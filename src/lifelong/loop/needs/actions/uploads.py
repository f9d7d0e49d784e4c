"""A measure file handed in on a page: judged at the door, kept, imported by the worker."""

from __future__ import annotations

import io
from typing import BinaryIO

from lifelong.kernel import clock, files, progress
from lifelong.kernel.access import SYSTEM, Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.models import Progress
from lifelong.kernel.problems import Problem, problem
from lifelong.loop.needs.actions.importing import import_measures
from lifelong.loop.needs.actions.judging import open_reading
from lifelong.loop.needs.models import MeasureImport, MeasureUpload
from lifelong.loop.people.reads import actor_for
from lifelong.loop.program.models import AccreditedProvider

LARGEST = 60_000_000  # bytes


@action(needs=Permission.EDIT_NEEDS, audit="measures.uploaded")
def upload_measures(
    actor: Actor, provider: AccreditedProvider, *, file: BinaryIO, filename: str, release: str = ""
) -> MeasureUpload:
    """Keep a file for the worker (effect `run_measure_import`). A table with patient identity is refused before a byte is stored."""
    reading = open_reading(file, filename, release=release)
    known = (
        MeasureUpload.objects.filter(provider=provider, file__sha256=reading.sha256)
        .exclude(state=MeasureUpload.State.REFUSED)
        .first()
    )
    if known is not None:
        return already(known)  # type: ignore[no-any-return]
    file.seek(0)
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise problem(
            "needs.file_too_large", "The file is larger than 60 MB.", "Compress it with gzip, or split it.", "file"
        )
    job = progress.begin("measure_import", filename, provider_id=provider.pk, person_id=actor.person_id)
    return MeasureUpload.objects.create(
        provider=provider, file=files.store(content, filename, "text/csv"), filename=filename[-200:], release=release,
        uploaded_by_id=actor.person_id, uploaded_at=clock.now(), progress_id=job.pk,
    )  # fmt: skip


def run_measure_import(upload_id: int) -> None:
    """Effect of an upload. May be repeated: a settled upload is left alone, and the same bytes are taken once."""
    upload = MeasureUpload.objects.select_related("provider", "file").get(pk=upload_id)
    if upload.state != MeasureUpload.State.WAITING:
        return
    job = Progress.objects.filter(pk=upload.progress_id).first()
    meter = progress.Meter(job) if job else None
    # the person's role is asked again: it may have been taken back since the upload
    actor = actor_for(upload.uploaded_by_id, channel="job") if upload.uploaded_by_id else SYSTEM
    try:
        file = io.BytesIO(files.read(upload.file))
        taken = import_measures(
            actor, upload.provider, file=file, filename=upload.filename, meter=meter, release=upload.release
        )
    except Problem as refusal:
        settle_upload(SYSTEM, upload, refusal=refusal)
    else:
        settle_upload(SYSTEM, upload, taken=taken)


@action(needs=Permission.EDIT_NEEDS, audit="measures.upload_settled")
def settle_upload(
    actor: Actor, upload: MeasureUpload, *, taken: MeasureImport | None = None, refusal: Problem | None = None
) -> MeasureUpload:
    """Write down what became of an upload."""
    if upload.state != MeasureUpload.State.WAITING:
        return already(upload)
    if refusal is not None:
        upload.state = MeasureUpload.State.REFUSED
        upload.sentence = " ".join(reason.sentence for reason in refusal.reasons)[:400]
        upload.next_step = refusal.reasons[0].next_step[:400]
    else:
        upload.state, upload.measure_import = MeasureUpload.State.DONE, taken
    upload.save(update_fields=["state", "measure_import", "sentence", "next_step"])
    return upload
