"""Hands over what is in the spool: picks the calls that are due, makes them in threads, records what came of them.

A call that SES or the way to it puts off comes again after a second, then twice as long each time, up to a quarter of
an hour, by chance up to half less; when its message is too old, it fails. Throttling and outages make all calls pause
(`sesmime.relay.pace`). A call whose answer cannot be recorded, for want of room on the disk, keeps its thread until it
is, so that no more can become uncertain than there are threads.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from sesmime.relay.answers import FAILED, Answer, Outcome, reply_line
from sesmime.relay.courier import Courier
from sesmime.relay.departures import Departures
from sesmime.relay.pace import Pace, backed_off
from sesmime.relay.spool import Call, Spool, State, Uncertain
from sesmime.relay.telling import LOGGER, MAX_LINE, Told, counted, named, tell, tell_notice
from sesmime.ses.requests import Submission

# Seconds after which a call is made again, at first and at most; where SES throttles, at most.
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 900.0
_LONGEST_THROTTLED: Final = 60.0
# Seconds between two looks at the file, in which somebody else may have queued a call again.
_LOOK: Final = 2.0
# Seconds between two attempts to write to a file that cannot be written, and how long one is made when the relay stops.
_REPEAT: Final = 1.0
_LAST_ATTEMPTS: Final = 10
# Octets of messages in memory, but for one that is larger.
_AT_ONCE: Final = 1 << 26
# Seconds that a thread waits for a call's turn, where the rate is limited.
_LONGEST_TURN: Final = 10.0
# Seconds between two times at which old messages are forgotten.
_FORGETTING: Final = 600.0
_HOUR: Final = 3_600


class Delivery:
    """Makes the calls of a spool from its own threads until it is closed."""

    def __init__(self, spool: Spool, courier: Courier, *, workers: int) -> None:
        self._spool = spool
        # A call is made again from the file, and waits for its turn before it begins.
        self._courier = replace(courier, attempts=1, rate=None)
        self._rate = courier.rate
        self._departures = Departures(courier.client)
        self._pace = Pace(workers, clock=time.monotonic)
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="sesmime-delivery")
        self._change = threading.Condition()
        self._busy: dict[int, int] = {}  # octets by the number of the call
        self._is_woken = False
        self._closing = threading.Event()
        self._next_forgetting = 0.0
        self._thread = threading.Thread(target=self._run, name="sesmime-delivery", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for calls that are due now."""
        with self._change:
            self._is_woken = True
            self._change.notify_all()

    def close(self) -> None:
        """Begin no further call, and wait for those in work."""
        self._closing.set()
        with self._change:
            self._change.notify_all()
        self._thread.join()
        self._workers.shutdown()
        self._departures.close()

    # The thread that picks

    def _run(self) -> None:
        while not self._closing.is_set():
            wait = self._pick()
            with self._change:
                self._change.wait_for(lambda: self._is_woken or self._closing.is_set(), timeout=wait)
                self._is_woken = False

    def _pick(self) -> float:
        """Give the threads that are free the calls that are due; returns the seconds to wait for what comes next."""
        pause = self._pace.pause()
        if pause:
            return pause
        with self._change:
            busy = dict(self._busy)
        free = self._pace.limit - len(busy)
        if free <= 0:
            return _LOOK  # a call that ends wakes
        try:
            now = self._spool.clock()
            if now >= self._next_forgetting:
                self._next_forgetting = now + _FORGETTING
                self._spool.forget_old()
            calls, due = self._spool.pick(free, octets=_AT_ONCE - sum(busy.values()), besides=busy)
        except sqlite3.Error as error:
            self._tell_trouble(error)
            return _REPEAT
        with self._change:
            self._busy.update((call.number, len(call.octets)) for call in calls)
        for call in calls:
            self._workers.submit(self._deliver, call)
        if due is None:
            return _LOOK
        return min(_LOOK, max(0.0, due - now))

    def _tell_trouble(self, error: sqlite3.Error) -> None:
        tell_notice(f"the spool cannot be written or read: {error}", logging.ERROR)

    # The threads that send

    def _deliver(self, call: Call) -> None:
        try:
            if self._may_begin(call):
                began = time.monotonic()
                self._settle(call, self._made(call), began)
        except sqlite3.Error as error:
            self._tell_trouble(error)
            self._closing.wait(_REPEAT)
        except Exception:  # noqa: BLE001, the thread goes on
            LOGGER.exception("call %d of message %d", call.number, call.message)
        finally:
            with self._change:
                del self._busy[call.number]
                self._is_woken = True
                self._change.notify_all()

    def _may_begin(self, call: Call) -> bool:
        """Wait for the call's turn, and write that it is being made; all that takes time comes before that."""
        if self._rate is not None:
            assert call.parameters.destination is not None
            turn = self._rate.reserve(len(call.parameters.destination.all), at_most=_LONGEST_TURN)
            if turn is None or self._closing.wait(turn):
                return False
        if self._pace.pause() or self._closing.is_set():
            return False
        return self._spool.begin(call)

    def _made(self, call: Call) -> Answer:
        submission: Submission[Any] = Submission(call.octets, call.parameters, call.interface)
        self._departures.begin()
        self._spool.at_step("call begun")
        try:
            answer = self._courier.send(submission, sender=call.sender)
        except Exception as error:  # noqa: BLE001, of a hook, or of what botocore stands on: nobody knows how far it came
            answer = Answer(FAILED, f"{type(error).__name__}: {error}", is_certain=False)
        self._spool.at_step("call answered")
        if not answer.is_certain and self._departures.has_stayed():
            answer = answer._replace(is_certain=True)
        return answer

    def _settle(self, call: Call, answer: Answer, began: float) -> None:
        now = self._spool.clock()
        is_throttled = answer.reply.startswith("454")
        if answer.outcome is not Outcome.PUT_OFF:
            self._pace.succeed()
        elif is_throttled:
            self._pace.throttle(began)
        else:
            self._pace.fail(began)
        reason = f"{answer.reply} ({answer.reason})" if answer.reason and not answer.is_sent else answer.reply
        longest = _LONGEST_THROTTLED if is_throttled else _LONGEST_WAIT
        due = now + backed_off(call.attempts, first=_FIRST_WAIT, longest=longest)
        if answer.is_sent:
            state = State.SENT
        elif answer.outcome is Outcome.REFUSED:
            state, reason = State.FAILED, answer.reply
        elif not answer.is_certain and self._spool.uncertain is Uncertain.HOLD:
            state = State.UNCERTAIN
        elif due > call.until:
            state = State.FAILED
            reason = f"554 Transaction failed: given up after {(now - call.received) / _HOUR:.1f} hours: {reason}"
        else:
            state = State.QUEUED
        self._record(call, answer, state, reason=reason, due=due)
        _tell(call, answer, state, reason)

    def _record(self, call: Call, answer: Answer, state: State, *, reason: str, due: float) -> None:
        attempts_left = _LAST_ATTEMPTS
        while True:
            try:
                self._spool.record(call, state, reason=reason, due=due)
                return
            except sqlite3.Error as error:
                tell_notice(reply_line(f"message {call.message}: {reason}, not recorded: {error}"), logging.ERROR)
                attempts_left -= self._closing.is_set()
                if not attempts_left:
                    raise
            time.sleep(_REPEAT)


_LEVELS: Final = {
    State.SENT: logging.INFO,
    State.QUEUED: logging.WARNING,
    State.FAILED: logging.ERROR,
    State.UNCERTAIN: logging.ERROR,
}


def _tell(call: Call, answer: Answer, state: State, reason: str) -> None:
    told = "put off" if state is State.QUEUED else state.value
    line = f"message {call.message} <{call.sender}> to {counted(answer.recipients)}, {told}: {reason}"
    facts = Told(
        event="delivery",
        sender=call.sender,
        recipients=len(answer.recipients),
        to=named(answer.recipients),
        message_id=reply_line(call.message_id),
        ses_message_ids=(answer.message_id,) if answer.message_id else (),
        size=len(call.octets),
        outcome=told.replace(" ", "_"),
        reply=answer.reply,
        reason=answer.reason,
        text=f"message {call.message}",
    )
    tell(_LEVELS[state], reply_line(line, limit=MAX_LINE), facts, message=call.octets)
