"""The operations that the local SES has, one module a family; each is a function of the desk and the call.

It returns the result by the model's names, or raises `Refusal`. An operation that is absent here is answered with an
AWS error that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sesmime.local.desk import Operation
from sesmime.local.operations import identities, sending

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = MappingProxyType(
    {**identities.OPERATIONS, **sending.OPERATIONS}
)
