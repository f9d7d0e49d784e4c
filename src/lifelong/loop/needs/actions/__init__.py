"""What an office does about needs: take in measures, keep sources, register and close practice gaps."""

from lifelong.loop.needs.actions.gaps import add_source, close_gap, register_gap
from lifelong.loop.needs.actions.importing import import_measures, sentence_of
from lifelong.loop.needs.actions.uploads import run_measure_import, upload_measures

__all__ = [
    "add_source",
    "close_gap",
    "import_measures",
    "register_gap",
    "run_measure_import",
    "sentence_of",
    "upload_measures",
]
