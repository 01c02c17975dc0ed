'''Rules of your own: all that a rule needs, in one import.

A rule is one function, which looks at what would be sent and gives a `Fault` for each place:

    from collections.abc import Iterator

    from sesmime.rules import Evidence, Fault, Outgoing, Severity, name_span, rule


    @rule(
        "ACME001",
        severity=Severity.WARNING,
        evidence=Evidence.ASSUMED,
        source="https://wiki.acme.example/mail",
        triggers=("x-mailer",),
    )
    def named_mailer(outgoing: Outgoing) -> Iterator[Fault]:
        """The message names the program that made it.

        It tells strangers what to attack.
        """
        for field in outgoing.section.all("X-Mailer"):
            yield Fault("X-Mailer names a program", name_span(field))

The rule's name is the function's, with hyphens; the docstring's first line is its summary, the rest its explanation.
With `subject=Subject.PART` the function takes a `Part` besides. In Python a rule runs with
`lint(message, config=LintConfig(rules=[named_mailer]))`; the command line and the pytest plugin find it by an entry
point of the group `sesmime.rules`. `select`, `extend_select` and `ignore` hold for its code as for ours. A rule that
raises does not stop the others, and `lint` does not raise: a WARNING with the rule's code says what it raised.

`python -m sesmime.rules new ACME001 named-mailer --folder FOLDER` writes such a file with its examples.
'''

from __future__ import annotations

from sesmime.linter.kit import (
    MOST,
    SES_FIELDS,
    SETTING_FIELDS,
    ApiParameters,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Interface,
    Mailbox,
    Outgoing,
    Part,
    Rule,
    Severity,
    Span,
    Subject,
    body_span,
    decode_words,
    fold_case,
    line_ending,
    mailbox_place,
    mailboxes,
    name_span,
    octet_span,
    parse_addresses,
    quoted,
    rule,
    span_in_body,
)

__all__ = [
    "MOST",
    "SES_FIELDS",
    "SETTING_FIELDS",
    "ApiParameters",
    "Edit",
    "Evidence",
    "Fault",
    "Field",
    "Fix",
    "Interface",
    "Mailbox",
    "Outgoing",
    "Part",
    "Rule",
    "Severity",
    "Span",
    "Subject",
    "body_span",
    "decode_words",
    "fold_case",
    "line_ending",
    "mailbox_place",
    "mailboxes",
    "name_span",
    "octet_span",
    "parse_addresses",
    "quoted",
    "rule",
    "span_in_body",
]

if __name__ == "__main__":
    import sys

    from sesmime.linter.new_rule import main

    sys.exit(main())
