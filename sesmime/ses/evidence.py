"""How sure a statement about SES is."""

from __future__ import annotations

from enum import Enum


class Evidence(Enum):
    """How sure a statement about SES is."""

    DOCUMENTED = "AWS documents it"
    OBSERVED = "users, maintainers or recorded answers of the service report it"
    ASSUMED = "not confirmed; the safest assumption"
