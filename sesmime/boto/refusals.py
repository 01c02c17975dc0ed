"""A refusal that is an error of botocore too: what `except ClientError` and `client.exceptions` see."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any, Final

from sesmime.errors import Refused
from sesmime.linter.answers import expected_refusal
from sesmime.ses.interfaces import Interface

# The code where a finding fails that is not expected to be refused by SES: no code of SES's own.
OWN_CODE: Final = "SesMimeRefused"
_BAD_REQUEST: Final = 400


def client_refusal(refused: Refused, interface: Interface, *, client: Any = None, model: Any = None) -> Refused:
    """Return the refusal as an error of botocore, with the code and the text that are expected from SES.

    It is a Refused and a ClientError, of the class that the client has for the code (`client.exceptions`). The client
    is looked for among the callers where only the operation's `model` is given. Raises ImportError without botocore.
    """
    from botocore.exceptions import ClientError

    operation = interface.row.operation
    service_model = client.meta.service_model if model is None else model.service_model
    client = _client_among_callers(service_model) if client is None else client
    expected = expected_refusal(refused.report, interface)
    code, text = (OWN_CODE, "") if expected is None else expected
    status = _BAD_REQUEST
    shape = service_model.shape_for_error_code(code)
    if shape is not None:
        status = shape.metadata.get("error", {}).get("httpStatusCode", _BAD_REQUEST)
    response = {
        "Error": {"Type": "Sender", "Code": code, "Message": text or str(refused)},
        "ResponseMetadata": {"RequestId": "", "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0},
    }
    base = ClientError if client is None else client.exceptions.from_code(code)
    made: Refused = _class_of(base)(refused.report, response, operation)
    return made


def _client_among_callers(service_model: Any) -> Any:
    """Return the client whose call this is; the events of botocore do not name it."""
    from botocore.client import BaseClient

    frame = sys._getframe(1).f_back
    while frame is not None:
        owner = frame.f_locals.get("self")
        if isinstance(owner, BaseClient) and owner.meta.service_model is service_model:
            return owner
        frame = frame.f_back
    return None


@lru_cache(maxsize=64)
def _class_of(base: Any) -> Any:
    """Return the class of refusals that are a given error of botocore."""

    class Both(Refused, base):  # type: ignore[misc]
        def __init__(self, report: Any, response: Any, operation: str) -> None:
            base.__init__(self, response, operation)
            self.report = report

        def __str__(self) -> str:
            told = Refused.__str__(self)
            error = self.response["Error"]
            said = "" if error["Message"] == told else f"{error['Message']} "
            return (
                f"An error occurred ({error['Code']}) when calling the {self.operation_name} operation: {said}({told})"
            )

        def __reduce__(self) -> Any:
            # The classes of a client are made as the program runs, and cannot be pickled; botocore does the same.
            return _generic, (self.report, self.response, self.operation_name)

    Both.__name__ = Both.__qualname__ = base.__name__
    return Both


def _generic(report: Any, response: Any, operation: str) -> Any:
    from botocore.exceptions import ClientError

    return _class_of(ClientError)(report, response, operation)
