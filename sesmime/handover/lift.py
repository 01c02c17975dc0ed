"""The lift: settings go where the interface reads them surest, and the recipients become explicit.

For the APIs what the SES fields say becomes parameters, and the fields leave; for SMTP what the parameters say becomes
fields. A header section and parameters go in; what leaves, what is written and the new parameters come out. Nothing
that was given changes, and the body is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.mime.edits import Edit, apply_edits
from sesmime.mime.fields import Field, HeaderSection
from sesmime.mime.hints import Any
from sesmime.mime.values import NamedTuple, replace
from sesmime.ses.envelope import RECIPIENT_FIELDS, Envelope, address_key, envelope_of, one_address
from sesmime.ses.fields import SES_FIELDS, SesFields, writing_edits
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination, parameter_setting, with_destination


class Lifted(NamedTuple):
    """What a lift makes of a header section and of the parameters given beside it.

    `envelope` says who receives what was given. `removed` are the fields that leave, as they stand in the section;
    `blind` are those of them whose addresses became the destination. `written` are the settings that are written as
    fields.
    """

    parameters: ApiParameters
    envelope: Envelope
    removed: tuple[Field, ...] = ()
    blind: tuple[Field, ...] = ()
    written: tuple[str, ...] = ()
    fields: SesFields = SesFields()

    def applied_to(self, head: bytes) -> bytes:
        """Return the header section with its empty line, after the lift; `head` is the one that was lifted.

        Raises InvalidMessageTag and InvalidSetting for a setting that cannot be written as a field.
        """
        leaving = [Edit(field.span, b"") for field in self.removed]
        return apply_edits(head, writing_edits(head, self.fields, settings=self.written, beside=leaving))


def unlifted(section: HeaderSection, parameters: ApiParameters, interface: Interface) -> Lifted:
    """Return what there is without a lift: nothing leaves, and the parameters are the given ones."""
    return Lifted(parameters=parameters, envelope=envelope_of(section, parameters=parameters, interface=interface))


def lift(section: HeaderSection, parameters: ApiParameters, interface: Interface) -> Lifted:
    """Return what leaves a header section, what is written into it, and what the parameters become."""
    given = unlifted(section, parameters, interface)
    moved = _fields_written(section, given) if interface is Interface.SMTP else fields_read(section, given, interface)
    return _recipients_lifted(section, moved)


def fields_read(section: HeaderSection, given: Lifted, interface: Interface) -> Lifted:
    """For the APIs: what the fields say becomes parameters, and they leave; of what stays, only the first."""
    parameters = given.parameters
    read: dict[str, Any] = {}
    removed: list[Field] = []
    arns_stay = _arns_stay(section, parameters, interface)
    for setting, row in SES_FIELDS.items():
        standing = section.all(row.name)
        if not standing:
            continue
        holder = parameter_setting(setting, interface)
        if holder is None or (arns_stay and holder == "source_arn"):
            removed += standing[1:]
        elif read.get(holder) or getattr(parameters, holder):
            removed += standing
        elif (value := row.read(standing[0].body)) is None:
            # Malformed: it stays, and its ERROR refuses.
            removed += standing[1:]
        else:
            read[holder] = value
            removed += standing
    if read:
        parameters = replace(parameters, **read)
    return given._replace(parameters=parameters, removed=tuple(removed))


def _arns_stay(section: HeaderSection, parameters: ApiParameters, interface: Interface) -> bool:
    """On the API v2: whether the two sending-authorization fields must stay because no one parameter says both."""
    if interface is not Interface.V2_SEND_EMAIL_RAW or parameters.source_arn:
        return False
    source = section.first(SES_FIELDS["source_arn"].name)
    sender = section.first(SES_FIELDS["from_arn"].name)
    if sender is None:
        return False
    if source is None:
        return True
    read = SES_FIELDS["source_arn"].read
    value = read(source.body)
    return value is None or value != read(sender.body)


def _fields_written(section: HeaderSection, given: Lifted) -> Lifted:
    """For SMTP: what the parameters say becomes fields; of repeated fields the first stays or is written anew."""
    values: dict[str, Any] = {name: value for name in SES_FIELDS if (value := getattr(given.parameters, name))}
    return given._replace(
        parameters=replace(given.parameters, **dict.fromkeys(SES_FIELDS, None)),
        removed=tuple(field for row in SES_FIELDS.values() for field in section.all(row.name)[1:]),
        written=tuple(values),
        fields=SesFields(**values),
    )


def _recipients_lifted(section: HeaderSection, given: Lifted) -> Lifted:
    """Make the destination explicit, each address bare and once; Bcc leaves the message."""
    bcc_fields = section.all("Bcc")
    named = given.parameters.destination
    if named:
        destination = _bare(named)
    else:
        destination = destination_of(given.envelope)
    return given._replace(
        parameters=with_destination(given.parameters, destination) if destination else given.parameters,
        removed=(*given.removed, *bcc_fields),
        blind=() if named else bcc_fields,
    )


def destination_of(envelope: Envelope) -> Destination:
    """Return the recipients that the fields name as a destination."""
    received = envelope.recipients
    to, cc, bcc = (tuple([str(one) for one in received if one.field == name]) for name in RECIPIENT_FIELDS)
    return Destination(to, cc, bcc)


def _bare(destination: Destination) -> Destination:
    """Return the same destination, each address bare and once; what is no single address stays as it was given."""
    seen: set[str] = set()

    def once(texts: tuple[str, ...]) -> Iterator[str]:
        for text in texts:
            address = one_address(text) or text
            if address_key(address) not in seen:
                seen.add(address_key(address))
                yield address

    return Destination(tuple(once(destination.to)), tuple(once(destination.cc)), tuple(once(destination.bcc)))
