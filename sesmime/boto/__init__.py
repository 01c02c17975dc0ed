"""boto3: `install` hooks sesmime into a client, a session or the whole process; `send` prepares a message and sends it.

The hook stands in botocore's event `provide-client-params`, before the request is validated and built, so that moto,
botocore's Stubber and any other endpoint see what would be sent. There it replaces values of the request at its top
level and gives None: of several handlers that give a request the first wins and the others are lost, edits in place
add up. The next event, `before-parameter-build`, would be too late: Stubber compares the parameters there. What lies
deeper in a request is the caller's own, and is replaced, never changed. Nothing of boto3 or botocore is imported with
this module: what is used of a client is its own. aiobotocore has the same events, and runs the hook as botocore does.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from sesmime.boto.data import message_data, rewindable, whole_message
from sesmime.boto.process import hook_process, unhook_process
from sesmime.errors import Refused, SesMimeError, quoted
from sesmime.handover.prepare import prepare, prepared_submission, prepared_with_report
from sesmime.handover.prepared import Prepared
from sesmime.linter.checks import Checks, Lint, SesMimeWarning, warn
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.mime.fields import Message
from sesmime.ses.interfaces import OPERATIONS, RAW_INTERFACES, Interface
from sesmime.ses.requests import Submission, with_message
from sesmime.ses.settings import ApiParameters, unsupported_settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message as EmailMessage

__all__ = ["Lint", "SesClient", "SesMimeWarning", "install", "send", "uninstall"]

Response = TypeVar("Response", covariant=True)


class SesClient(Protocol[Response]):
    """A client `ses` or `sesv2` of boto3, botocore or aiobotocore: their operations of sending answer alike."""

    def send_email(self, *arguments: Any, **request: Any) -> Response:
        """Send a message."""


# Sending


# What is sent: bytes, a message of Python's email, or the chunks of a message; a file is an iterable of them.
Data: TypeAlias = "Message | EmailMessage[Any, Any] | Iterable[Message]"


def send(
    client: SesClient[Response],
    message: Data,
    *,
    parameters: ApiParameters = ApiParameters(),
    fix: bool = True,
    lift: bool = True,
    fail_level: Severity = Severity.ERROR,
    config: LintConfig = LintConfig(),
    client_error: bool = False,
) -> Response:
    """Prepare a raw message for the client's API, v1 (`ses`) or v2 (`sesv2`), and send it.

    The message is bytes, an EmailMessage, a binary file, or an iterable of chunks of bytes. Gives what the client
    gives: boto3 the response, a dict with MessageId; aiobotocore an awaitable of it. A hook of `install` checks the
    request by its own level and configuration, and lifts and fixes nothing again. Raises what `prepare` raises, before
    anything is sent, Refused with `client_error` as `install` says; TypeError for what is no client of SES; what
    writing an EmailMessage raises; and what the client raises.

    >>> send(client, raw, parameters=ApiParameters(configuration_set="shop"))["MessageId"]  # doctest: +SKIP
    '0100018f-example'
    """
    interface = raw_interface(client)
    try:
        prepared = prepare(
            whole_message(message),
            parameters=parameters,
            interface=interface,
            fix=fix,
            lift=lift,
            fail_level=fail_level,
            config=config,
        )
    except Refused as refused:
        if not client_error:
            raise
        from sesmime.boto.refusals import client_refusal

        raise client_refusal(refused, interface, client=client) from None
    return send_prepared(client, prepared)


def send_prepared(client: SesClient[Response], prepared: Prepared) -> Response:
    """Send what was prepared, as `send` does; raises TypeError where it was prepared for another interface."""
    return send_submission(client, Submission(prepared.message, prepared.parameters, prepared.interface))


def send_submission(client: SesClient[Response], submission: Submission[Any]) -> Response:
    """Send what `prepare` has made of a message, as `send_prepared` does, where only that is left of it."""
    interface = raw_interface(client)
    if submission.interface is not interface:
        raise TypeError(
            f"the client sends with {interface.value}, but the message is prepared for {submission.interface.value}"
        )
    request = submission.to_request()
    holder = interface.row.data[0]
    request[holder] = _Ready(request[holder])
    operation: Any = getattr(client, "send_email" if interface.is_v2 else "send_raw_email")
    response: Response = operation(**request)
    return response


def raw_interface(client: Any) -> Interface:
    """Return the interface by which a client sends raw messages; TypeError for a client of something else."""
    service = _service(client)
    if service not in RAW_INTERFACES:
        raise TypeError(f"client must be a boto3 client for ses or sesv2, not {_named(client, service)}")
    return RAW_INTERFACES[service]


def _service(client: Any) -> Any:
    """Return the name of a client's service, None for what is no client."""
    return getattr(getattr(getattr(client, "meta", None), "service_model", None), "service_name", None)


def _named(target: Any, service: Any) -> str:
    return f"one of {quoted(service, 40)}" if isinstance(service, str) else type(target).__name__


class _Ready(dict[str, Any]):
    """The structure of a raw message that `send` has prepared: the hook does not prepare it again."""


# The hook


class _Target(Enum):
    """What is hooked where no client and no session is given."""

    PROCESS = "process"


def install(
    client_or_session: Any = _Target.PROCESS,
    *,
    lint: Lint = "error",
    lift: bool = True,
    fix: bool = True,
    fail_level: Severity = Severity.ERROR,
    config: LintConfig = LintConfig(),
    client_error: bool = False,
) -> None:
    """Have every message that a client of SES sends prepared and checked; of a session, all clients it makes later.

    Without a client or a session those of all clients of the process, whoever made them and when; a client or a session
    that has a hook of its own keeps to that.

    Raw messages are prepared as `prepare` does: with `lift` their SES fields become parameters, their recipients
    become explicit and Bcc leaves; with `fix` safe fixes are applied. What SES assembles itself (v1 SendEmail,
    SendTemplatedEmail and the others, v2 Simple and Template) is checked, and changed in one point: with `fix`, display
    names beyond ASCII in addresses become encoded words, for they would arrive mangled. With lint
    "error" a finding at or above `fail_level` raises Refused from the client's method, and nothing is sent; with "warn"
    it gives a SesMimeWarning; with "off" nothing is told. With `client_error` what is raised is botocore's ClientError
    besides, of the class in `client.exceptions` that SES is expected to answer with (code SesMimeRefused where what
    fails is nothing that SES is expected to refuse); its `response` has no RequestId, for there was no request.

    Takes clients and sessions of boto3, botocore and aiobotocore. The Data of a raw message may be what boto3 takes,
    and an EmailMessage or an iterable of chunks of bytes besides. Installed again, the later options hold; other
    handlers stay as they are. A malformed request is left to botocore, which refuses it. A stream with the message
    is read if it can be rewound, and then is; what its reading raises comes through. Else it is not touched, and a
    SesMimeWarning tells so. The parameters of `generate_presigned_url` are the caller's own and are left alone.

    Raises TypeError for what is no session and no client of SES, InvalidSetting for another `lint`, ImportError for the
    whole process where botocore is not installed.

    >>> import boto3
    >>> session = boto3.Session()
    >>> install(session, lint="warn")
    """
    checks = Checks(level=fail_level, config=config, lint=lint)

    def hook(operation: str) -> _Hook:
        return _Hook(operation, lift=lift, fix=fix, checks=checks, client_error=client_error)

    if client_or_session is _Target.PROCESS:
        hook_process({_event(operation): hook(operation) for operation in OPERATIONS})
        return
    emitter, operations = _hooked(client_or_session)
    for operation in operations:
        _unregister(emitter, operation)
        emitter.register(_event(operation), hook(operation), unique_id=_unique_id(operation))


def uninstall(client_or_session: Any = _Target.PROCESS) -> None:
    """Take the hook out again; where there is none, nothing happens. Clients that a session has made keep theirs.

    Without a client or a session the hook of the process; those of clients and sessions stay. Raises TypeError for what
    is no session and no client of SES.
    """
    if client_or_session is _Target.PROCESS:
        unhook_process()
        return
    emitter, operations = _hooked(client_or_session)
    for operation in operations:
        _unregister(emitter, operation)


def _hooked(target: Any) -> tuple[Any, list[str]]:
    """Return where the handlers of a client or a session are registered, and the operations to hook there."""
    service = _service(target)
    if service in RAW_INTERFACES:
        return target.meta.events, [name for name in OPERATIONS if name.startswith(f"{service}.")]
    if service is None and not isinstance(target, type):
        # boto3's sessions have `events`, those of botocore and aiobotocore the component of it.
        if callable(getattr(target, "get_component", None)):
            return target.get_component("event_emitter"), list(OPERATIONS)
        if callable(getattr(target, "client", None)) and hasattr(target, "events"):
            return target.events, list(OPERATIONS)
    raise TypeError(f"target must be a session, or a client for ses or sesv2, not {_named(target, service)}")


def _event(operation: str) -> str:
    return f"provide-client-params.{operation}"


def _unique_id(operation: str) -> str:
    return f"sesmime.{operation}"


def _unregister(emitter: Any, operation: str) -> None:
    emitter.unregister(_event(operation), unique_id=_unique_id(operation))


class _Hook:
    """The handler of one operation."""

    def __init__(self, operation: str, *, lift: bool, fix: bool, checks: Checks, client_error: bool) -> None:
        self.interfaces = OPERATIONS[operation]
        self.lift = lift
        self.fix = fix
        self.checks = checks
        self.client_error = client_error

    def __call__(self, params: dict[str, Any], context: Any = None, model: Any = None, **_: Any) -> None:
        """Take a request as botocore hands it over, changing it at its top level alone."""
        interface = self._interface(params)
        if interface is None or (isinstance(context, Mapping) and context.get("is_presign_request")):
            return
        try:
            self._take(params, interface)
        except Refused as refused:
            if not self.client_error:
                raise
            from sesmime.boto.refusals import client_refusal

            raise client_refusal(refused, interface, model=model) from None

    def _take(self, params: dict[str, Any], interface: Interface) -> None:
        if interface.is_raw:
            self._prepare(params, interface)
        elif self.fix or self.checks.lint != "off":
            submission = _submission(params, interface)
            if submission is not None:
                # What is missing is left to botocore.
                prepared = prepared_submission(submission, fix=self.fix, config=self.checks.config, is_request=False)
                self._hand_over(params, submission, prepared)

    def _interface(self, params: Mapping[str, Any]) -> Interface | None:
        if "" in self.interfaces:
            return self.interfaces[""]
        content: Any = params.get("Content")
        if not isinstance(content, Mapping):
            return None
        return next((interface for name, interface in self.interfaces.items() if content.get(name) is not None), None)

    def _prepare(self, params: dict[str, Any], interface: Interface) -> None:
        submission = _raw_submission(params, interface)
        if submission is None:
            return
        assert submission.message is not None
        is_ready = isinstance(params[interface.row.data[0]], _Ready)
        prepared = prepared_with_report(
            submission.message,
            parameters=submission.parameters,
            interface=interface,
            fix=self.fix and not is_ready,
            lift=self.lift and not is_ready,
            config=self.checks.config,
        )
        self._hand_over(params, submission, prepared)

    def _hand_over(self, params: dict[str, Any], submission: Submission, prepared: Prepared) -> None:
        """Put what was prepared into the request, unless it is refused."""
        self.checks.judge(prepared.report, about=f"{prepared.interface.value}: ")
        given = submission.to_request()
        for name, value in prepared.to_request().items():
            if name not in given or given[name] != value:
                params[name] = value


def _submission(params: Mapping[str, Any], interface: Interface) -> Submission | None:
    """Return what a request says; None for one that does not match the service model, which botocore refuses."""
    try:
        submission = Submission.from_request(params, interface)
    except (SesMimeError, TypeError):
        return None
    # In a request this is a key that the interface does not have.
    return None if unsupported_settings(submission.parameters, interface) else submission


def _raw_submission(params: dict[str, Any], interface: Interface) -> Submission | None:
    """Return what a request with a raw message says, None for one to be left alone; a stream becomes what it holds."""
    name = interface.row.data[0]
    holder: Any = params.get(name)
    if interface.is_v2 and isinstance(holder, Mapping):
        holder = holder.get("Raw")
    given: Any = holder.get("Data") if isinstance(holder, Mapping) else None
    if not hasattr(given, "read"):
        data = message_data(given)
        if data is given:
            return _submission(params, interface)
        params[name] = with_message({name: params[name]}, interface, data)[name]
        return _submission(params, interface)
    stream = given
    place = rewindable(stream)
    if place is None:
        warn(SesMimeWarning(f"{interface.value}: the message is a stream that cannot be rewound, so it is not checked"))
        return None
    try:
        submission = _submission(params, interface)
    finally:
        stream.seek(place)
    if submission is not None:
        # botocore takes streams, and then cannot write them: its serializer wants bytes in these operations.
        params[name] = submission.to_request()[name]
    return submission
