"""Countries by their code of two letters, as people name them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources


@cache
def names() -> dict[str, str]:
    """Code of two capital letters -> everyday English name (`countries.toml`)."""
    return tomllib.loads(resources.files(__name__).joinpath("countries.toml").read_text(encoding="utf-8"))


def name_of(code: str) -> str:
    """The name of a code; what is not a known code comes back as it is."""
    return names().get(code.strip().upper(), code)
