"""Limits: every number that bounds the work of reading, with its source.

Limits bound values and trees. They never bound the scan for fields or an edit: past a limit `fields` still
lists all, and reading notes a defect. `copy_stripped` alone raises `LimitExceeded`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of reading; `DEFAULT_LIMITS` holds the usual ones.

    >>> Limits(parts=500).parts
    500
    """

    # Fields in one header section noted without a defect. Go's net/textproto stops at as many.
    fields: int = 10_000
    # Octets of one header section. Go takes 10 MiB for a part, Postfix 100 kB; SES refuses at an unknown number
    # ("Header section too long.", aws/aws-sdk-php#981).
    header_section: int = 1 << 20
    # Entities in one message. Dovecot and mail-mime-parser take as many; SES takes 500 (dg/send-email-raw).
    parts: int = 10_000
    # Levels of multipart and attached messages. Postfix, Dovecot and MIME-tools stop at 100; ours are found by loop.
    levels: int = 10_000
    # Parameters of one Content-Type or Content-Disposition field.
    parameters: int = 256
    # Characters of one parameter name. Python's email hangs in folding from 66 on (CPython gh-138223).
    parameter_name: int = 60
    # The highest index of a continued parameter (RFC 2231 section 3).
    continuation: int = 9_999
    # Nested comments, and tokens in one field, of an address list. mail-mime-parser 4.0.4 takes as many.
    comment_depth: int = 32
    tokens: int = 20_000


DEFAULT_LIMITS = Limits()
