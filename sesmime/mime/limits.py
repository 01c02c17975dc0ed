"""Limits: every number that bounds the work of reading, with its source and with what tells that it is passed.

Limits bound values and trees. They never bound the scan for fields or an edit: past a limit `fields` still
lists all, and reading notes a defect. `copy_stripped` and `message_from_bytes` raise `LimitExceeded`.
"""

from __future__ import annotations

from sesmime.mime.hints import Any, Final
from sesmime.mime.values import NamedTuple, dataclass, field, value_names

# Longer texts are not looked into for what they say to SES: no such mail is read, and its HTML takes seconds.
MAX_TEXT: Final = 1 << 20


class LimitRow(NamedTuple):
    """A limit: its name, its usual value and the unit, the defect that names it, what is done past it, its source."""

    name: str
    usual: int
    unit: str
    defect: str
    past: str
    source: str


def _limit(usual: int, unit: str, defect: str, past: str, source: str) -> Any:
    return field(default=usual, metadata={"unit": unit, "defect": defect, "past": past, "source": source})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of reading; `DEFAULT_LIMITS` holds the usual ones. Raises TypeError for what is no int.

    >>> Limits(parts=500).parts
    500
    """

    fields: int = _limit(
        10_000, "fields of one header section", "too-many-fields", "all are listed", "Go's net/textproto stops there"
    )
    header_section: int = _limit(
        1 << 20,
        "octets of one header section",
        "header-section-too-long",
        "it is read whole; `copy_stripped` raises LimitExceeded and has written nothing",
        "Go takes 10 MiB, Postfix 100 kB; SES refuses at an unknown number (aws/aws-sdk-php#981)",
    )
    parts: int = _limit(
        10_000,
        "entities of one message",
        "too-many-parts",
        "the rest is one body; `message_from_bytes` raises LimitExceeded",
        "Dovecot and mail-mime-parser take as many; SES takes 500 (dg/send-email-raw)",
    )
    levels: int = _limit(
        10_000,
        "levels of multiparts and attached messages",
        "too-many-levels",
        "what is deeper is one body; `message_from_bytes` raises LimitExceeded beyond 100, as Python's writer recurses",
        "Postfix, Dovecot and MIME-tools stop at 100; ours are found by loop",
    )
    parameters: int = _limit(
        256,
        "parameters of one field",
        "too-many-parameters",
        "the first are listed",
        "CPython gh-136063: some readers take quadratic time",
    )
    parameter_name: int = _limit(
        60,
        "characters of a parameter's name",
        "parameter-name-too-long",
        "it is read; writing one is refused",
        "Python's email hangs in folding from 66 on (CPython gh-138223)",
    )
    continuation: int = _limit(
        9_999,
        "the highest index of a continued parameter (RFC 2231 section 3)",
        "continuation-too-high",
        "the segment is left out",
        "ours",
    )
    comment_depth: int = _limit(
        32,
        "nested comments",
        "deep-comment",
        "it is a comment like others; in parameters the defect is `comment-too-deep`",
        "mail-mime-parser 4.0.4",
    )
    tokens: int = _limit(
        20_000,
        "words, signs and comments of one address",
        "too-many-tokens",
        "it is no mailbox; the others of the list are read",
        "mail-mime-parser 4.0.4",
    )

    def __post_init__(self) -> None:
        for name in value_names(Limits):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"{name} must be an int, not {type(value).__name__}")


DEFAULT_LIMITS = Limits()


def limit_rows() -> tuple[LimitRow, ...]:
    """Return the table of limits."""
    from dataclasses import fields  # few ask for the table

    return tuple(LimitRow(one.name, getattr(DEFAULT_LIMITS, one.name), **one.metadata) for one in fields(Limits))


_HEAD: Final = "| limit | usual | of | defect | past it |\n|---|---|---|---|---|"


def limits_table() -> str:
    """Return the table of limits as Markdown."""
    rows = (f"| `{row.name}` | {row.usual:,} | {row.unit} | `{row.defect}` | {row.past} |" for row in limit_rows())
    return "\n".join([_HEAD, *rows])
