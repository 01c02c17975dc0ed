"""Three hundred messages through a relay that is killed, an API with every fault, and a full disk."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("boto3")

from fuzz.relay_faults import Plan, account, run
from sesmime.relay.spool import State

pytestmark = pytest.mark.edges


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "seed"), [("hold", 1), ("retry", 2)])
def test_each_message_arrives_once_or_is_told_of(policy: str, seed: int) -> None:
    told: list[str] = []
    plan = Plan(messages=300, clients=6, policy=policy, pause=1.0, seed=seed, with_rough=policy == "hold")
    code = run(plan, told=told.append)
    assert code == 0, told
    assert "relay killed 0 times" not in "".join(told)


def test_the_account_tells_what_is_wrong() -> None:
    replies = dict.fromkeys(("once", "twice", "never", "failed", "taken", "open"), "250 Ok queued as 1")
    held = {"failed": State.FAILED, "taken": State.UNCERTAIN, "open": State.UNCERTAIN}
    ends, wrong = account(replies | {"told": "554 no"}, {"once": 1, "twice": 2, "taken": 1}, held)
    assert wrong == ["twice: doubled", "never: lost"]
    assert ends == Counter(
        {
            "arrived once": 1,
            "doubled": 1,
            "lost": 1,
            "held as failed, not taken": 1,
            "held as uncertain, taken": 1,
            "held as uncertain, not taken": 1,
            "refused to the client": 1,
        }
    )
