"""Submissions of more recipients than one message may have, cut into several.

SES takes at most 50 recipients in To, Cc and Bcc together (dg/quotas). Each cut has an explicit destination, so that
the fields of the message, which all cuts share, say nothing of who receives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from sesmime.errors import InvalidAddress, InvalidSetting, UnsupportedSetting
from sesmime.mime.addresses import UNREADABLE, parse_addresses
from sesmime.mime.edits import remove_fields
from sesmime.mime.fields import HeaderSection, parse_header_section
from sesmime.mime.held import holding
from sesmime.ses.envelope import RECIPIENT_FIELDS, address_key, one_address
from sesmime.ses.quotas import MAX_RECIPIENTS
from sesmime.ses.recipients import read_recipients
from sesmime.ses.requests import Submission
from sesmime.ses.settings import Destination, parameter_name


@holding
def split_envelope(submission: Submission, *, size: int = MAX_RECIPIENTS) -> tuple[Submission, ...]:
    r"""Cut a submission of more than `size` recipients into several, each with a destination of at most `size`.

    Every recipient is in exactly one of them, once, in the order and under the To, Cc or Bcc that it had; addresses
    are compared as in `envelope`. Without destination the addresses of the fields To, Cc and Bcc are the recipients.
    The Bcc field leaves the message, which all cuts share and which is not copied otherwise. A submission of at most
    `size` recipients is given back as it is.

    To and Cc fields stay, so that everybody sees all of them. One user saw SES count the addresses of the To field
    although a destination was given (https://github.com/arithmetric/aws-lambda-ses-forwarder/issues/44): where the
    fields name more than 50, `readdress` or `replace_field` gives each cut its own. The interfaces without a message of
    their own show each recipient those of the same cut.

    Raises UnsupportedSetting for an interface that takes no destination, InvalidAddress where a field has to be divided
    that is no readable list of addresses, InvalidSetting for a size below 1.

    >>> message = b"From: a@b.example\r\nTo: c@d.example, e@f.example\r\nBcc: g@h.example\r\n\r\nHi\r\n"
    >>> for cut in split_envelope(Submission(message), size=2):
    ...     print(cut.parameters.destination, len(cut.message))
    Destination(to=('c@d.example', 'e@f.example'), cc=(), bcc=()) 55
    Destination(to=(), cc=(), bcc=('g@h.example',)) 55
    """
    if not isinstance(submission, Submission):
        raise TypeError(f"submission must be a Submission, not {type(submission).__name__}")
    if not isinstance(size, int):
        raise TypeError(f"size must be an int, not {type(size).__name__}")
    if size < 1:
        raise InvalidSetting("size", size, "it must be at least 1")
    if parameter_name("destination", submission.interface) is None:
        raise UnsupportedSetting("destination", submission.interface)
    message = submission.message
    # The other interfaces take no message: what is there counts for nothing.
    section = parse_header_section(message if message is not None and submission.interface.is_raw else b"")
    given = submission.parameters.destination
    recipients = list(_of_destination(given) if given else _of_fields(section))
    if len(recipients) <= size:
        return (submission,)
    if not given:
        _refuse_unreadable(section)
    if message is not None and "Bcc" in section:
        message = remove_fields(message, "Bcc")
    cuts: list[Submission] = []
    waiting = _once(recipients)
    while chunk := list(islice(waiting, size)):
        lists = (tuple(text for kind, text in chunk if kind == name) for name in RECIPIENT_FIELDS)
        parameters = replace(submission.parameters, destination=Destination(*lists))
        cuts.append(replace(submission, message=message, parameters=parameters))
    return tuple(cuts)


def _of_destination(destination: Destination) -> Iterator[tuple[str, str]]:
    """Return each recipient as it was given, after the name of the field that it would stand in."""
    lists = (destination.to, destination.cc, destination.bcc)
    for name, texts in zip(RECIPIENT_FIELDS, lists, strict=True):
        for text in texts:
            yield name, text


def _of_fields(section: HeaderSection) -> Iterator[tuple[str, str]]:
    """Return each address of the recipient fields, after the name of its field."""
    for name in RECIPIENT_FIELDS:
        for field in section.all(name):
            for address in read_recipients(field.body).addresses:
                yield name, address


def _refuse_unreadable(section: HeaderSection) -> None:
    """Raise InvalidAddress where cutting would leave somebody out."""
    for name in RECIPIENT_FIELDS:
        for field in section.all(name):
            if not read_recipients(field.body).is_one_lost:
                continue
            found = next(one for one in parse_addresses(field.body).defects if one.name in UNREADABLE)
            raise InvalidAddress(field.body[slice(*found.span)], f"in {name}, {found.message}")


def _once(recipients: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for name, text in recipients:
        key = address_key(one_address(text) or text)
        if key not in seen:
            seen.add(key)
            yield name, text
