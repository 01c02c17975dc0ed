"""SARIF is written as it comes: no result waits for the next message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from sesmime import Interface, lint
from sesmime.linter.output import Examined, Place, Result, Style, Unreadable
from sesmime.linter.output.as_json import dumps
from sesmime.linter.output.sarif import render

RAW = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\n\r\nHi\r\n"


def examined(name: str, message: bytes = RAW) -> Examined:
    return Examined(name, name, Place(), message, Interface.SEND_RAW_EMAIL, lint(message))


def test_it_is_the_json_of_one_object_whatever_there_is() -> None:
    clean = examined("clean", b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n")._replace(findings=())
    broken = Unreadable("b.eml", "b.eml is empty")
    every: list[list[Result]] = [
        [],
        [clean],
        [broken],
        [examined("a")],
        [examined("a"), broken, clean, examined("c\x1b", RAW * 2)],
    ]
    for results in every:
        text = "".join(render(results, Style(version="1")))
        log = json.loads(text)
        assert text.encode() == dumps(log)
        (run,) = log["runs"]
        assert len(run["results"]) == sum(len(one.findings) for one in results if isinstance(one, Examined))
        rules = run["tool"]["driver"]["rules"]
        assert all(rules[told["ruleIndex"]]["id"] == told["ruleId"] for told in run["results"])
        assert len(rules) == len({told["ruleId"] for told in run["results"]})
        assert run["invocations"][0]["executionSuccessful"] is (broken not in results)


def test_results_are_written_before_the_next_message_is_asked_for() -> None:
    asked: list[int] = []

    def results() -> Iterator[Result]:
        for number in range(1_000_000):
            asked.append(number)
            yield examined(str(number))

    count = len(lint(RAW))
    told = list(islice(render(results(), Style()), 1 + 3 * count))
    assert len(told) == 1 + 3 * count
    assert asked == [0, 1, 2]
