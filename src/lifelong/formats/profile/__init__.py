"""Program profiles: one readable TOML file says everything in which one accredited provider differs from another."""

from lifelong.formats.profile.read import as_terms, read_profile, read_specialties
from lifelong.formats.profile.records import (
    Accreditation,
    Contact,
    ExpectedResult,
    Goal,
    Hours,
    Indicator,
    Mission,
    Page,
    Policy,
    Profile,
    ProfileError,
    ReachBand,
    Section,
    Statement,
    Term,
)

__all__ = [
    "Accreditation",
    "Contact",
    "ExpectedResult",
    "Goal",
    "Hours",
    "Indicator",
    "Mission",
    "Page",
    "Policy",
    "Profile",
    "ProfileError",
    "ReachBand",
    "Section",
    "Statement",
    "Term",
    "as_terms",
    "read_profile",
    "read_specialties",
]
