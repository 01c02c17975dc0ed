"""The rate that the account may send at, asked for at the start and every few minutes."""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

from sesmime.boto.rates import RateLimit, account_rate
from sesmime.relay.telling import tell_notice

_SECONDS: Final = 300.0


class AccountPace:
    """Keeps a rate limit to the account's rate, in a thread of its own; while that is not known there is no limit.

    SES may not let the caller ask (ses:GetSendQuota, ses:GetAccount); then the last known rate stays.
    """

    def __init__(self, client: Any, *, is_v2: bool, seconds: float = _SECONDS, limit: RateLimit | None = None) -> None:
        self.limit = RateLimit(0.0) if limit is None else limit
        self._client, self._is_v2, self._seconds = client, is_v2, seconds
        self._rate: float | None = None
        self._is_told = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sesmime-relay-rate", daemon=True)

    def start(self) -> None:
        """Ask, and go on asking."""
        self._thread.start()

    def close(self) -> None:
        """Ask no more."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._ask()
            self._stop.wait(self._seconds)

    def _ask(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            rate = account_rate(self._client, is_v2=self._is_v2)
        except (BotoCoreError, ClientError, KeyError, ValueError) as error:
            if not self._is_told:
                tell_notice(f"the account's rate is not known ({type(error).__name__}); give --rate", logging.WARNING)
            self._is_told = True
            return
        self._is_told = False
        if rate != self._rate:
            self.limit.set_rate(rate)
            tell_notice(f"the account may send to {rate:g} recipients a second")
            self._rate = rate
