"""How sure a statement about SES is."""

from __future__ import annotations

from enum import Enum


class Evidence(Enum):
    """How sure a statement about SES is."""

    DOCUMENTED = "AWS says so"
    OBSERVED = "users, maintainers or recorded answers of the service say so"
    ASSUMED = "nobody has said so; the safest reading"
