"""Where a value or an address comes from."""

from __future__ import annotations

from enum import Enum


class Origin(Enum):
    """Where a value comes from."""

    API_PARAMETER = "an API parameter (or the SMTP envelope)"
    HEADER_FIELD = "a header field"
    UNSET = "nowhere"
