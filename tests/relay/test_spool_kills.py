"""kill -9 at every step of the spool: nothing is lost, and doubled only where nobody can know and one asks for it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("boto3")

from sesmime.relay.holding import queue_again, read_calls
from sesmime.relay.spool import State
from tests.relay.faults import Api
from tests.relay.spooling import SENDER, Relay, message_about, send, settled, wait_until

pytestmark = [pytest.mark.edges, pytest.mark.slow]

# In the order in which a message goes through them.
BEFORE_THE_CALL = (
    *("take begun", "take written", "take committed"),
    *("begin begun", "begin written"),
)
NOT_TAKEN = ("begin committed", "call begun", "kill before")
TAKEN = ("kill after", "call answered", "record begun", "record written")
AFTER = ("record committed",)
TO = ("c@d.example",)


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.close()


def killed_once(api: Api, file: Path, step: str, policy: str, *, recipients: tuple[str, ...] = TO) -> str:
    """Have a relay killed at a step, start another one, and be a client that tries again; returns the first reply."""
    options = ["--uncertain", policy]
    if step.startswith("kill"):
        api.fault = lambda number: step if number == 1 else "take"
        relay = Relay(api.url, file, *options)
    else:
        relay = Relay(api.url, file, *options, "--die-at", step)
    api.pid = relay.pid
    reply = send(relay, message_about("one"), recipients)
    assert relay.wait() == -9
    again = Relay(api.url, file, *options)
    if not reply:
        assert send(again, message_about("one"), recipients).startswith("250")
    settled(file)
    again.end()
    return reply


@pytest.mark.parametrize("policy", ["hold", "retry"])
@pytest.mark.parametrize("step", [*BEFORE_THE_CALL, *AFTER])
def test_before_the_call_and_after_the_record_it_arrives_once(api: Api, tmp_path: Path, step: str, policy: str) -> None:
    file = tmp_path / "spool"
    killed_once(api, file, step, policy)
    assert api.taken == {("one", TO[0]): 1}
    assert not settled(file)


@pytest.mark.parametrize("step", NOT_TAKEN)
def test_from_the_beginning_on_it_is_held_and_arrives_once_when_it_is_queued_again(
    api: Api, tmp_path: Path, step: str
) -> None:
    file = tmp_path / "spool"
    assert killed_once(api, file, step, "hold").startswith("250")
    assert not api.taken
    (held,) = settled(file)
    assert (held.state, held.recipients, held.message_id) == (State.UNCERTAIN, TO, "<one@a.example>")
    assert queue_again(str(file)) == 1
    relay = Relay(api.url, file)
    settled(file)
    relay.end()
    assert api.taken == {("one", TO[0]): 1}
    assert not settled(file)


@pytest.mark.parametrize("step", NOT_TAKEN)
def test_from_the_beginning_on_it_is_made_again_where_one_asks_for_it(api: Api, tmp_path: Path, step: str) -> None:
    file = tmp_path / "spool"
    killed_once(api, file, step, "retry")
    assert api.taken == {("one", TO[0]): 1}
    assert not settled(file)


@pytest.mark.parametrize("step", TAKEN)
def test_once_the_request_has_left_it_arrives_once_and_is_held(api: Api, tmp_path: Path, step: str) -> None:
    file = tmp_path / "spool"
    killed_once(api, file, step, "hold")
    assert api.taken == {("one", TO[0]): 1}
    (held,) = settled(file)
    assert held.state is State.UNCERTAIN


@pytest.mark.parametrize("step", TAKEN)
def test_once_the_request_has_left_it_arrives_twice_where_one_asks_for_it(api: Api, tmp_path: Path, step: str) -> None:
    file = tmp_path / "spool"
    killed_once(api, file, step, "retry")
    assert api.taken == {("one", TO[0]): 2}
    assert not settled(file)


@pytest.mark.parametrize("step", ["recover begun", "recover written", "recover committed"])
def test_a_relay_that_is_killed_while_it_recovers_recovers_again(api: Api, tmp_path: Path, step: str) -> None:
    file = tmp_path / "spool"
    relay = Relay(api.url, file, "--die-at", "call answered")
    assert send(relay, message_about("one")).startswith("250")
    assert relay.wait() == -9
    assert Relay(api.url, file, "--die-at", step).wait() == -9
    last = Relay(api.url, file)
    (held,) = settled(file)
    last.end()
    assert held.state is State.UNCERTAIN
    assert api.taken == {("one", TO[0]): 1}


def test_of_a_message_in_three_calls_the_one_that_was_cut_off_is_held_and_no_other_made_again(
    api: Api, tmp_path: Path
) -> None:
    file = tmp_path / "spool"
    everybody = tuple(f"r{number}@d.example" for number in range(120))
    api.fault = lambda number: "take"
    relay = Relay(api.url, file, "--workers", "1", "--die-at", "call answered:2")
    assert send(relay, message_about("many"), everybody).startswith("250")
    assert relay.wait() == -9
    assert api.taken == {("many", one): 1 for one in everybody[:100]}
    again = Relay(api.url, file)
    (held,) = settled(file)
    again.end()
    assert held.recipients == everybody[50:100]
    assert api.taken == {("many", one): 1 for one in everybody}


@pytest.mark.parametrize("step", ["confirm begun", "confirm written", "confirm committed"])
def test_a_message_that_was_sent_before_its_client_went_on_is_sent_once(api: Api, tmp_path: Path, step: str) -> None:
    file = tmp_path / "spool"
    relay = Relay(api.url, file, "--die-at", step)
    with suppress(smtplib.SMTPServerDisconnected), smtplib.SMTP("127.0.0.1", relay.port) as connection:
        connection.sendmail(SENDER, TO, message_about("one"))
        wait_until(lambda: not read_calls(str(file)))
        connection.quit()
    assert relay.wait() == -9
    again = Relay(api.url, file)
    settled(file)
    again.end()
    assert api.taken == {("one", TO[0]): 1}


def test_a_call_that_was_put_off_is_made_after_a_kill(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "spool"
    api.fault = lambda number: "unavailable"
    relay = Relay(api.url, file)
    assert send(relay, message_about("one")).startswith("250")
    # Put off twice, and that is written: a kill while a call is being made leaves it uncertain.
    wait_until(lambda: any(one.state is State.QUEUED and one.attempts > 1 for one in read_calls(str(file))))
    relay.process.kill()
    assert relay.wait() == -9
    api.fault = lambda number: "take"
    again = Relay(api.url, file)
    settled(file)
    again.end()
    assert api.taken == {("one", TO[0]): 1}
