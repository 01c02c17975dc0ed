"""All rules there are, and finding one by what somebody calls it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.rule import Rule
from sesmime.linter.run import custom_rules

# The families of codes, in the order in which they are told; rules of other packages come last.
FAMILIES: Final = ("SES", "RFC", "SEC", "BULK")

# What only `prepare_forward` tells of (`sesmime.linter.forward_rules`), by name.
OF_FORWARDS: Final = {"SES216": "unanswerable-author", "SES217": "left-out-of-forward"}

# What the rules of a code's beginning are about.
SUBJECTS: Final = {
    "SES0": "the header section",
    "SES1": "fields that SES requires, accepts once, rewrites or does not know",
    "SES2": "addresses, recipients, identities",
    "SES3": "lines, size, character sets",
    "SES4": "MIME fields, parts, attachments",
    "SES5": "settings, message tags, `X-SES-` fields",
    "SES6": "DKIM",
    "SES7": "list management and tracking",
    "RFC1": "fields (RFC 5322, RFC 2047)",
    "RFC2": "addresses (RFC 5321, RFC 5322)",
    "RFC3": "lines and transfer encodings (RFC 2045)",
    "RFC4": "parts and parameters (RFC 2046, RFC 2231)",
    "SEC1": "misleading names",
    "SEC2": "bodies that programs split differently",
    "SEC3": "fields that hide content",
    "SEC4": "misleading attachments",
    "SEC6": "signatures",
    "BULK": "requirements of mailbox providers for bulk senders (off by default)",
}


def rule_codes() -> tuple[str, ...]:
    """Return the code of every rule, family by family; no rule of ours is imported for it."""
    codes = {entry.code for entry in CATALOGUE} | OF_FORWARDS.keys() | {rule.code for rule in custom_rules()}
    return tuple(sorted(codes, key=_rank))


def _rank(code: str) -> tuple[int, str]:
    family = code.rstrip("0123456789")
    return (FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)), code


def all_rules() -> tuple[Rule, ...]:
    """Return every rule, family by family."""
    return tuple(rule_of(code) for code in rule_codes())


def rule_of(code: str) -> Rule:
    """Return the rule of a code. Raises KeyError where there is none.

    >>> rule_of("SES101").name
    'repeated-field'
    """
    for entry in CATALOGUE:
        if entry.code == code:
            return entry.rule()
    if code in OF_FORWARDS:
        from sesmime.linter import forward_rules  # few ask for them

        return next(rule for rule in forward_rules.RULES if rule.code == code)
    return {rule.code: rule for rule in custom_rules()}[code]


def paragraphs(rule: Rule) -> list[str]:
    """Return what there is to say of a rule, the summary first, each paragraph in one line.

    >>> paragraphs(rule_of("SES101"))[0]
    'A field that SES accepts only once is repeated.'
    """
    return [" ".join(paragraph.split()) for paragraph in rule.explanation.split("\n\n")]


def subject_rows() -> list[tuple[str, str, str]]:
    """Return a row for each beginning of a code: that, what its rules are about, and their names."""
    names = _names()
    return [
        (start, subject, ", ".join(names[code] for code in rule_codes() if code.startswith(start)))
        for start, subject in SUBJECTS.items()
    ]


def rule_object(rule: Rule) -> dict[str, str]:
    """Return a rule as JSON has it."""
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "explanation": "\n\n".join(paragraphs(rule)[1:]),
        "severity": rule.severity.name,
        "evidence": rule.evidence.name,
        "source": rule.source,
    }


def find_rule(text: str) -> Rule | None:
    """Return the rule of a code or a name, in any case; None where there is none.

    >>> find_rule("ses101"), find_rule("Repeated-Field"), find_rule("SES1")
    (<Rule SES101 repeated-field>, <Rule SES101 repeated-field>, None)
    """
    for code, name in _names().items():
        if text.upper() == code or text.lower() == name:
            return rule_of(code)
    return None


def nearest_rule(text: str) -> str | None:
    """Return the code or the name that somebody may have meant, None where none is near."""
    names = _names()
    return nearest(text.upper(), names) or nearest(text.lower(), names.values())


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like a text, None where none is like it.

    >>> nearest("ingore", ["select", "ignore"])
    'ignore'
    """
    from difflib import SequenceMatcher, get_close_matches

    text = text[:60]

    def likeness(one: str) -> tuple[float, int]:
        # Of those equally like it the one with the same letters in their places: SES101 for SES1O1, not SES110.
        return SequenceMatcher(None, one, text).ratio(), sum(a == b for a, b in zip(one, text, strict=False))

    return max(get_close_matches(text, list(known), 10), key=likeness, default=None)


def is_known_start(text: str) -> bool:
    """Whether a text is a code, or the beginning of one.

    >>> is_known_start("SES1"), is_known_start("SES1X"), is_known_start("")
    (True, False, False)
    """
    ours = (*FAMILIES, *OF_FORWARDS, *(entry.code for entry in CATALOGUE))
    return bool(text) and (
        any(code.startswith(text) for code in ours) or any(rule.code.startswith(text) for rule in custom_rules())
    )


def _names() -> dict[str, str]:
    """Return the name of every rule by its code."""
    names = {rule.code: rule.name for rule in custom_rules()} | OF_FORWARDS
    for entry in CATALOGUE:
        names[entry.code] = entry.file.partition("_")[2].replace("_", "-")
    return names
