"""Hospital quality measures as published by CMS, and an office's own measure files.

    from lifelong.formats.cms import read, mark_windows
    for item in mark_windows(read(file, "release_2024-07/hvbp_safety.csv.gz")): ...

`read` streams `Point`, `Hospital`, `MeasureWindow` and `Refusal`; `read_office_csv` takes a hospital's or practice's own table.
"""

from lifelong.formats.cms.layouts import recognise, release_of, why_unknown
from lifelong.formats.cms.measures import Measure, catalogue, find
from lifelong.formats.cms.office import OfficeReading, read_office_csv
from lifelong.formats.cms.read import read
from lifelong.formats.cms.records import Hospital, Item, Layout, Limits, MeasureWindow, Point, Refusal
from lifelong.formats.cms.windows import Tally, independent, mark_windows, with_windows

__all__ = [
    "Hospital",
    "Item",
    "Layout",
    "Limits",
    "Measure",
    "MeasureWindow",
    "OfficeReading",
    "Point",
    "Refusal",
    "Tally",
    "catalogue",
    "find",
    "independent",
    "mark_windows",
    "read",
    "read_office_csv",
    "recognise",
    "release_of",
    "why_unknown",
    "with_windows",
]
