"""The page over a desk without servers, for tests."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from werkzeug.test import Client

from sesmime.local.answers import Refusal
from sesmime.local.desk import Desk
from sesmime.local.inbox import Kept
from sesmime.local.operations import OPERATIONS
from sesmime.local.options import Options
from sesmime.local.page.app import Page
from sesmime.local.taking import Handed, take
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters


class Site:
    """A page over a desk without servers."""

    def __init__(self) -> None:
        self.desk = Desk(Options(any_identity=True), operations=OPERATIONS)
        self.client = Client(Page(self.desk, make_event=lambda kept, kind: None))

    def send(self, message: bytes, parameters: ApiParameters = ApiParameters()) -> Kept:
        submission = Submission(message, parameters, Interface.V2_SEND_EMAIL_RAW)
        handed = Handed(submission=submission, message=message, request={"FromEmailAddress": parameters.source})
        with suppress(Refusal):
            take(self.desk, self.desk.state.region("us-east-1"), handed)
        return self.desk.inbox.messages()[0]

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)


def raw_texts(page: str) -> str:
    """Return a page less what may stand in it: line ends and tabs."""
    return page.replace("\n", "").replace("\t", "")
