"""Retries of botocore, stopped where SES may have taken the message: it has no key by which it would know a copy.

botocore asks its event `needs-retry` after each attempt, in each of its modes. Whether a request has been taken is not
known where it was sent and no answer came: the connection was closed or reset, or the time to wait for it is over. A
connection that could not be made has sent nothing, and an answer says what happened; there botocore's own rules hold.
"""

from __future__ import annotations

from typing import Any

from sesmime.ses.interfaces import OPERATIONS


def is_answer_lost(error: BaseException | None) -> bool:
    """Tell whether an error of botocore leaves it open if the request was taken.

    >>> is_answer_lost(None), is_answer_lost(ValueError())
    (False, False)
    """
    from botocore.exceptions import (
        HTTPClientError,
    )  # what could not be connected is a ConnectionError, and none of these

    return isinstance(error, HTTPClientError)


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
