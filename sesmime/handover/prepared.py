"""What a preparation gives: `Prepared`."""

from __future__ import annotations

from functools import cached_property

from sesmime.linter.findings import Finding, Report
from sesmime.mime.edits import as_bytes
from sesmime.mime.fields import Field, HeaderSection, Source
from sesmime.mime.hints import TYPE_CHECKING, Any, Generic
from sesmime.mime.values import NamedTuple, dataclass, value_names
from sesmime.ses.envelope import Envelope
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Request, Submission
from sesmime.ses.settings import ApiParameters

if TYPE_CHECKING:
    from sesmime.ses.precedence import Resolution


class Given(NamedTuple):
    """What was given, of which a resolution can be made: most who prepare never ask for it."""

    section: HeaderSection
    parameters: ApiParameters
    interface: Interface
    is_lifted_into_fields: bool


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Prepared(Generic[Request]):
    """What `prepare` made: the message and the parameters to hand to SES, and the account of how it came to them.

    `resolution` is of the message and the parameters as given; `envelope` says who receives; `report` is about what
    would be sent; `applied` are the findings that were fixed; `removed` are the fields that left the message in the
    lift, as they stood in it; `is_body_kept` says whether the body is the given one, octet for octet. Of a request
    whose message SES assembles, the message is empty: all there is are parameters.
    """

    parameters: ApiParameters
    interface: Interface
    envelope: Envelope
    report: Report
    applied: tuple[Finding, ...]
    removed: tuple[Field, ...]
    is_body_kept: bool
    _source: Source  # the message as given, or as fixed where a fix changed the body
    _head: bytes  # what stands in the place of the source up to _start
    _start: int
    _given: Given

    @cached_property
    def resolution(self) -> Resolution:
        """Every setting with the value that counts, as given before the lift; worked out when first asked for."""
        from sesmime.ses.precedence import resolution_of  # most who prepare never ask

        section, parameters, interface, lifting = self._given
        return resolution_of(section, parameters=parameters, interface=interface, lifting=lifting)

    @cached_property
    def message(self) -> bytes:
        """The message to send, joined when first asked for; the given one itself where nothing changed."""
        if self._head == self._source[: self._start]:
            return as_bytes(self._source)
        return b"".join(self.chunks())

    def chunks(self) -> list[bytes | memoryview]:
        """Return the message in pieces: the header section, and the body as a view of what was given."""
        pieces: list[bytes | memoryview] = [self._head, memoryview(self._source)[self._start :]]
        return [piece for piece in pieces if len(piece)]

    @property
    def size(self) -> int:
        """Octets of the message to send."""
        return len(self._head) + len(self._source) - self._start

    def to_request(self) -> Request:
        """Return the keyword arguments of the boto3 call (`Submission.to_request`); SMTP raises UnsupportedSetting."""
        submission: Submission[Request] = Submission(self.message, self.parameters, self.interface)
        return submission.to_request()

    def _key(self) -> tuple[object, ...]:
        return (
            self.message,
            self.parameters,
            self.interface,
            self.envelope,
            self.report,
            self.applied,
            self.removed,
        )

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Prepared) else NotImplemented

    def __repr__(self) -> str:
        return f"<Prepared {self.interface.value} {self.size} bytes, {len(self.report)} findings>"

    def __reduce__(self) -> tuple[object, ...]:
        facts = {name: getattr(self, name) for name in value_names(Prepared)}
        return _restore, (facts | {"_source": as_bytes(self._source)},)


def _restore(facts: dict[str, Any]) -> Prepared:
    return Prepared(**facts)
