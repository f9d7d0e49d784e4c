"""One company, however it is typed: names are compared without case, signs and legal forms."""

from __future__ import annotations

import re
import unicodedata

LEGAL_FORMS = frozenset(
    [
        "ab",
        "ag",
        "as",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "holding",
        "holdings",
        "inc",
        "incorporated",
        "kg",
        "kgaa",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "nv",
        "oy",
        "plc",
        "pty",
        "sa",
        "sas",
        "se",
        "spa",
        "srl",
        "the",
    ]
)


def match_name(name: str) -> str:
    """What is compared: "Pfizer, Inc." and "PFIZER" are one; a name of legal forms only keeps them."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", " ", plain.lower().replace("&", " and ").replace("'", "")).split()
    kept = [word for word in words if word not in LEGAL_FORMS]
    return " ".join(kept or words)[:200] or name.strip().casefold()[:200]
