"""What is counted of the relay's work: `Watch` counts nothing, `sesmime.relay.metrics.Metrics` for Prometheus."""

from __future__ import annotations

from sesmime.relay.answers import Answer, Outcome


class Watch:
    """Is told what happens, by the thread in which it does."""

    def connected(self) -> None:
        """A client has connected."""

    def disconnected(self) -> None:
        """A client has gone."""

    def turned_away(self, reply: str) -> None:
        """A connection, a command, an address or a message was refused before it came to the API."""

    def called(self, seconds: float, answer: Answer) -> None:
        """The API has answered a call, or has not, after so long."""

    def held_back(self) -> None:
        """A call was put off for the rate."""

    def answered(self, outcome: Outcome, *, reply: str, seconds: float, size: int) -> None:
        """A message has had its answer."""
