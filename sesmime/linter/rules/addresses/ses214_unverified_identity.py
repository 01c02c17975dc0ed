"""SES214."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from sesmime.linter.kit import (
    MOST,
    Evidence,
    Fault,
    Field,
    Fix,
    Interface,
    Mailbox,
    Outgoing,
    Severity,
    Span,
    Stage,
    Subject,
    parameter_name,
    parse_addresses,
    resolution_of,
    rule,
    shown,
    span_in_body,
)
from sesmime.ses.identities import Identities
from sesmime.ses.pages import ERROR_MESSAGES

_FIELDS: Final = ("From", "Sender", "Return-Path")
_PARAMETERS: Final = ("source", "return_path")
_ARNS: Final = ("source_arn", "from_arn", "return_path_arn")
# dg/troubleshoot-error-messages has this text; the region is that of the endpoint, in capitals, which nobody told us.
_REFUSAL: Final = "Email address is not verified. The following identities failed the check in region <REGION>: "
_ADDRESS_AS_NAME: Final = re.compile(r'[ \t]*+([^\s<>"(),:;@]++@[\w.-]++)[ \t]*+<')


@rule(
    "SES214",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=ERROR_MESSAGES,
    stage=Stage.SENDER,
    order=40,
    subject=Subject.PARAMETERS,
    triggers=(":verified-identities",),
)
def unverified_identity(outgoing: Outgoing) -> Iterator[Fault]:
    """A sending address is not one of the verified identities in the configuration.

    SES requires From, Sender, Return-Path and the sender parameter to be verified, each by address or by domain. A
    verified domain covers its subdomains; a verified address is case-sensitive and covers its +labels. Forwarded
    mail fails because of the Return-Path or Sender of the original sender. Reply-To is not checked. Of
    `From: bob@other.example <ok@verified.example>` SES has checked the first address.
    """
    if not outgoing.verified_identities:
        return
    identities = Identities.of(_with_arns(outgoing))
    failed = [sender for sender in _senders(outgoing) if not identities.cover(sender.mailbox.address)]
    listed = list(dict.fromkeys(_as_listed(sender.mailbox) for sender in failed if not sender.is_rewritten))
    rejection = _REFUSAL + ", ".join(listed[:MOST])
    for sender in failed:
        yield Fault(
            f"{shown(sender.mailbox)} in {sender.label} is not one of the verified identities",
            sender.span(),
            rejection=None if sender.is_rewritten else rejection,
            fix=Fix("send from a verified address or domain"),
            severity=Severity.WARNING if sender.is_rewritten else None,
            evidence=Evidence.ASSUMED if sender.is_rewritten else None,
        )


class _Sender(NamedTuple):
    """One address that SES checks, and where it stands; `field` is None for a parameter."""

    label: str
    mailbox: Mailbox
    field: Field | None = None
    is_rewritten: bool = False

    def span(self) -> Span | None:
        """Return its place in the message."""
        if self.field is None or self.mailbox.span is None:
            return None
        return span_in_body(self.field, *self.mailbox.span)


def _senders(outgoing: Outgoing) -> Iterator[_Sender]:
    interface = outgoing.interface
    for setting in _PARAMETERS:
        name, text = parameter_name(setting, interface), getattr(outgoing.parameters, setting)
        if name is not None and text:
            for mailbox in parse_addresses(text):
                yield _Sender(name, mailbox)
    is_rewritten = interface is Interface.V2_SEND_EMAIL_RAW and bool(outgoing.parameters.source)
    for label in _FIELDS:
        for field in outgoing.section.all(label):
            for mailbox in parse_addresses(field.body):
                if label == "From" and (first := _first_address(field, mailbox)) is not None:
                    yield _Sender(label, first, field, is_rewritten)
                # FromEmailAddress was seen to take the place of the From field.
                yield _Sender(label, mailbox, field, is_rewritten and label == "From")


def _first_address(field: Field, mailbox: Mailbox) -> Mailbox | None:
    """Return the address that stands without quotes as the display name of another; SES has checked that one."""
    if mailbox.span is None or "@" not in mailbox.display_name:
        return None
    found = _ADDRESS_AS_NAME.match(field.body, mailbox.span.start, mailbox.span.stop)
    return None if found is None else Mailbox("", found[1], Span(*found.span(1)))


def _with_arns(outgoing: Outgoing) -> Iterator[str]:
    """Return the verified identities, and those for which an ARN says that their owner lets us send."""
    yield from outgoing.verified_identities
    resolution = resolution_of(outgoing.section, parameters=outgoing.parameters, interface=outgoing.interface)
    for setting in _ARNS:
        arn = getattr(resolution, setting)
        if arn:
            yield arn.partition("/")[2]


def _as_listed(mailbox: Mailbox) -> str:
    """Return an identity as SES lists it: with its display name (mailcow/mailcow-dockerized#2944)."""
    return f"{mailbox.display_name} <{mailbox.address}>" if mailbox.display_name else mailbox.address
