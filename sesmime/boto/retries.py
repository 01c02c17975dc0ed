"""Retries of botocore, stopped where SES may have taken the message: it has no key by which it would know a copy.

botocore asks its event `needs-retry` after each attempt, in each of its modes. Whether a request has been taken is not
known where it was sent and no answer came: the connection was closed or reset, or the time to wait for it is over. A
connection that could not be made has sent nothing, and an answer says what happened; there botocore's own rules hold.
"""

from __future__ import annotations

from typing import Any, Final

from sesmime.ses.interfaces import OPERATIONS

# Exceptions of botocore that come while it connects: no request has been sent. The others come before that. By name:
# not every botocore has each.
_CONNECTING: Final = frozenset(("EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError"))
_UNSENT: Final = _CONNECTING | frozenset(
    (
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "NoAuthTokenError"),
        *("TokenRetrievalError", "SSOError", "NoRegionError", "ParamValidationError", "EndpointProviderError"),
    )
)
_TLS: Final = frozenset(("SSLError",))


def is_answer_lost(error: BaseException | None) -> bool:
    """Tell whether an error of botocore leaves it open if the request was taken.

    That is one of a connection that broke, of TLS at any time, and of an answer that cannot be read; not one that SES
    has answered by, nor one of `is_unsent`.

    >>> is_answer_lost(None), is_answer_lost(ValueError())
    (False, False)
    """
    from botocore.exceptions import BotoCoreError
    from botocore.parsers import ResponseParserError

    return isinstance(error, BotoCoreError | ResponseParserError) and not is_unsent(error)


def is_unsent(error: BaseException) -> bool:
    """Whether an error of botocore came before anything of the request was sent, so that SES has not taken it."""
    # TLS may break at any time; a certificate is looked at before there is a request.
    return _is_one_of(error, _UNSENT) or (_is_one_of(error, _TLS) and "CERTIFICATE_VERIFY_FAILED" in str(error))


def is_unconnected(error: BaseException) -> bool:
    """Whether an error of botocore says that no connection was made, which the next attempt may."""
    return _is_one_of(error, _CONNECTING)


def _is_one_of(error: BaseException, names: frozenset[str]) -> bool:
    return any(kind.__name__ in names for kind in type(error).__mro__)


def send_once(client: Any) -> None:
    """Make a client's operations of sending raise where an answer is lost, and not send again; other retries stay.

    >>> import boto3  # doctest: +SKIP
    >>> send_once(boto3.client("sesv2"))  # doctest: +SKIP
    """
    for operation in OPERATIONS:  # "ses.SendRawEmail", as botocore names its events too
        client.meta.events.register_first(f"needs-retry.{operation}", _stop, unique_id=f"sesmime-once-{operation}")


def _stop(caught_exception: BaseException | None = None, **_: Any) -> None:
    if caught_exception is not None and is_answer_lost(caught_exception):
        raise caught_exception
