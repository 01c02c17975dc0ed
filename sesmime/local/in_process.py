"""A local SES without a server: over moto's `mock_aws`, every call of boto3 in the process goes to the desk.

moto's own SES takes raw messages that SES refuses, and its parts for v1 and v2 know little of each other. While a
`StrictSes` is active, moto hands each request for SES to it; all other services stay moto's.
"""

from __future__ import annotations

import threading
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.request import normalize_request

from sesmime.local import sns
from sesmime.local.calls import service_of
from sesmime.local.desk import Desk
from sesmime.local.operations import OPERATIONS
from sesmime.local.options import Options
from sesmime.local.watched import Watched
from sesmime.local.wsgi import answer_request
from sesmime.ses.events.signing import SnsSigner

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

_LOCK: Final = threading.Lock()
_ACTIVE: Final[list[StrictSes]] = []
# The endpoints of SES, v1 and v2: https://docs.aws.amazon.com/general/latest/gr/ses.html
_HOSTS: Final = ("email.", "email-fips.")
_MOTO_PROCESS: Final = BotocoreStubber.process_request


@cache
def _signer() -> SnsSigner:
    # Of one process: a key takes a while to make.
    return SnsSigner.make()


class StrictSes(Watched):
    """An SES for the boto3 of this process: `with StrictSes() as ses: boto3.client("ses").send_raw_email(…)`.

    Everything else of AWS is mocked by moto as in `mock_aws()`, which it begins where that is not active yet. `signer`
    signs what SNS publishes. The last that was started answers.
    """

    def __init__(self, options: Options | None = None) -> None:
        super().__init__(Desk(options, operations=OPERATIONS))
        self.signer = _signer()
        self._mock = mock_aws()

    def start(self) -> None:
        """Begin to answer."""
        self._mock.start()
        sns.install(self.signer)
        with _LOCK:
            _ACTIVE.append(self)
            BotocoreStubber.process_request = _process_request  # type: ignore[method-assign,assignment]

    def stop(self) -> None:
        """Answer no more; events that wait are published."""
        with _LOCK:
            _ACTIVE.remove(self)
            if not _ACTIVE:
                BotocoreStubber.process_request = _MOTO_PROCESS  # type: ignore[method-assign]
        self.inbox.close()
        self.publisher.close()
        sns.uninstall(self.signer)
        self._mock.stop()

    def __enter__(self) -> StrictSes:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _process_request(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Any:
    """Answer a request for SES at the desk; give any other to moto."""
    with _LOCK:
        ses = _ACTIVE[-1] if _ACTIVE else None
    # Looked at first: another service's request may hold a stream, which can be read once.
    if ses is not None and (urlsplit(request.url).hostname or "").startswith(_HOSTS):
        normal = normalize_request(request)
        answer = answer_request(ses.desk, service_of(normal) or "ses", normal)
        return answer.status, answer.headers, answer.body
    return _MOTO_PROCESS(stubber, request)
