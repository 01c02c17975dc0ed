"""The envelope: who sends, who receives, who hears of bounces; each address with where it comes from.

Sources: v1 SendRawEmail and v2 SendEmail in AWS's API reference (Source, Destinations, Destination), and
dg/monitor-sending-activity-using-notifications-email for the order of feedback addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sesmime.errors import by_unicode_14
from sesmime.mime.fields import Field, HeaderSection, Message, as_header_section
from sesmime.mime.held import holding
from sesmime.mime.hints import NoReturn
from sesmime.mime.values import dataclass, field
from sesmime.ses.interfaces import Interface
from sesmime.ses.origin import Origin
from sesmime.ses.recipients import read_recipients
from sesmime.ses.settings import ApiParameters, parameter_name, refuse_unsupported

# The fields whose addresses SES sends to where no destination is given.
RECIPIENT_FIELDS = ("To", "Cc", "Bcc")


class EnvelopeAddress(str):
    """A bare address; `origin` tells whether a parameter or a field gave it, `field` the name of that one."""

    __slots__ = ("field", "origin")

    origin: Origin
    field: str

    def __new__(cls, address: str, origin: Origin, field: str) -> EnvelopeAddress:
        made = super().__new__(cls, address)
        object.__setattr__(made, "origin", origin)
        object.__setattr__(made, "field", field)
        return made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("an EnvelopeAddress does not change")

    def __reduce__(self) -> tuple[object, ...]:
        return EnvelopeAddress, (str(self), self.origin, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who sends and who receives: bare addresses, each once.

    `sender` is the envelope sender, `feedback` where bounces and complaints go; None where nothing gives one.
    `recipients` are all, `bcc` those of them that only a Bcc names. `header_recipients` are the addresses of To, Cc and
    Bcc, `left_out` those of them that get no mail because a destination is given without them; these two take no part
    in comparisons.
    """

    sender: EnvelopeAddress | None
    feedback: EnvelopeAddress | None
    recipients: tuple[EnvelopeAddress, ...]
    bcc: tuple[EnvelopeAddress, ...]
    header_recipients: tuple[EnvelopeAddress, ...] = field(compare=False)
    left_out: tuple[EnvelopeAddress, ...] = field(compare=False)

    @property
    def recipient_count(self) -> int:
        """The count that is held against SES's 50: the larger of envelope and header recipients."""
        return max(len(self.recipients), len(self.header_recipients))


def address_key(address: str) -> str:
    """Return an address as it is compared for repeats: exact local part, lower-cased domain.

    >>> address_key("Joe@Example.COM")
    'Joe@example.com'
    """
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{by_unicode_14(str.lower, domain)}"


def one_address(text: str) -> str | None:
    """Return the bare address of a text that is one mailbox, or None.

    >>> one_address("Joe <joe@a.example>"), one_address("joe@a.example, eve")
    ('joe@a.example', None)
    """
    found = read_recipients(text)
    return None if len(found.addresses) != 1 or found.is_one_lost else found.addresses[0]


def envelope(
    message: Message | None,
    *,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
) -> Envelope:
    r"""Say who sends and who receives a submission.

    Without destination the addresses of To, Cc and Bcc receive it, members of groups each; with one exactly
    those. Resent- fields are not used. Raises UnsupportedSetting as `resolve` does; never raises on content.

    >>> found = envelope(b"From: Joe <joe@a.example>\r\nTo: b@c.example\r\nBcc: d@e.example\r\n\r\n")
    >>> found.sender, found.recipients, found.bcc
    ('joe@a.example', ('b@c.example', 'd@e.example'), ('d@e.example',))
    """
    interface = Interface.given(interface)
    refuse_unsupported(parameters, interface)
    return envelope_of(message, parameters=parameters, interface=interface)


@holding
def envelope_of(
    message: Message | HeaderSection | None,
    *,
    parameters: ApiParameters,
    interface: Interface,
) -> Envelope:
    """Return the envelope; parameters that the interface does not have (`unsupported_settings`) do not count."""
    section = as_header_section(message if interface.is_raw else None)
    header = {name: list(_field_addresses(section, name)) for name in RECIPIENT_FIELDS}
    everybody = _once(address for name in RECIPIENT_FIELDS for address in header[name])
    name = parameter_name("destination", interface)
    left_out: tuple[EnvelopeAddress, ...] = ()
    if name is not None and parameters.destination:
        given = parameters.destination
        visible = _once(_parameter_addresses(given.to + given.cc, name))
        recipients = _once((*visible, *_parameter_addresses(given.bcc, name)))
        reached = {address_key(address) for address in recipients}
        left_out = tuple(address for address in everybody if address_key(address) not in reached)
    else:
        visible = _once((*header["To"], *header["Cc"]))
        recipients = everybody
    bcc: tuple[EnvelopeAddress, ...] = ()
    if len(recipients) > len(visible):
        seen = {address_key(address) for address in visible}
        bcc = tuple(address for address in recipients if address_key(address) not in seen)
    sender = _sender(section, parameters, interface)
    return Envelope(
        sender=sender,
        feedback=_feedback(section, parameters, interface, sender),
        recipients=recipients,
        bcc=bcc,
        header_recipients=everybody,
        left_out=left_out,
    )


def envelope_to(field: Field, like: Envelope) -> Envelope:
    """Return the envelope of a message whose only field of recipients is this To, and which names no destination.

    Who sends it and who hears of bounces are those of `like`.
    """
    everybody = _once(
        [EnvelopeAddress(one, Origin.HEADER_FIELD, "To") for one in read_recipients(field.body).addresses]
    )
    return Envelope(
        sender=like.sender,
        feedback=like.feedback,
        recipients=everybody,
        bcc=(),
        header_recipients=everybody,
        left_out=(),
    )


def _once(addresses: Iterable[EnvelopeAddress]) -> tuple[EnvelopeAddress, ...]:
    first: dict[str, EnvelopeAddress] = {}
    for address in addresses:
        first.setdefault(address_key(address), address)
    return tuple(first.values())


def _field_addresses(section: HeaderSection, name: str) -> Iterator[EnvelopeAddress]:
    # RFC 5322 allows each of them once; SES does not refuse repeats, so all are read.
    for one in section.all(name):
        for address in read_recipients(one.body).addresses:
            yield EnvelopeAddress(address, Origin.HEADER_FIELD, name)


def _parameter_addresses(given: Iterable[str], name: str) -> Iterator[EnvelopeAddress]:
    for text in given:
        yield _parameter_address(text, name)


def _parameter_address(text: str, name: str) -> EnvelopeAddress:
    """Return the address of a parameter; what is no single address stays as it was given, for a check to find."""
    return EnvelopeAddress(one_address(text) or text, Origin.API_PARAMETER, name)


def _sender(section: HeaderSection, parameters: ApiParameters, interface: Interface) -> EnvelopeAddress | None:
    name = parameter_name("source", interface)
    if name is not None and parameters.source:
        return _parameter_address(parameters.source, name)
    return _first_of(section, "From")


def _feedback(
    section: HeaderSection, parameters: ApiParameters, interface: Interface, sender: EnvelopeAddress | None
) -> EnvelopeAddress | None:
    name = parameter_name("return_path", interface)
    if name is not None and parameters.return_path:
        return _parameter_address(parameters.return_path, name)
    if parameter_name("source", interface) is not None and parameters.source:
        return sender
    # Without a source the sender is the address in From.
    return _first_of(section, "Return-Path") or sender


def _first_of(section: HeaderSection, name: str) -> EnvelopeAddress | None:
    return next(_field_addresses(section, name), None)
