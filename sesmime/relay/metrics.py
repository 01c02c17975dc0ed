"""What the relay counts for Prometheus, in a registry of its own (extra `metrics`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from sesmime.relay.answers import Answer, Outcome
from sesmime.relay.watch import Watch

# Seconds: SES takes tens of milliseconds, large messages more.
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SIZES: Final = (1_000.0, 10_000.0, 100_000.0, 1_000_000.0, 10_000_000.0, 40_000_000.0)


# A name, its text, its type, and its samples (a name, labels, a value): what `Metric` of prometheus-client is, as JSON.
Family: TypeAlias = list[Any]


class Metrics(Watch):
    """Counts for Prometheus. Raises ImportError without prometheus-client."""

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
        except ImportError as error:
            raise ImportError("metrics need prometheus-client: pip install 'sesmime[metrics]'") from error

        self.registry: Any = CollectorRegistry()
        own: Any = {"registry": self.registry, "namespace": "sesmime_relay"}
        self._messages = Counter(
            "messages", "Messages that were answered, by what they were answered.", ["outcome"], **own
        )
        self._seconds = Histogram(
            "message_seconds", "Seconds from the end of a message to its answer.", buckets=_BUCKETS, **own
        )
        self._sizes = Histogram("message_bytes", "Octets of a message as it came.", buckets=_SIZES, **own)
        self._calls = Counter("api_calls", "Calls of the API of SES, by what became of them.", ["outcome"], **own)
        self._latency = Histogram("api_seconds", "Seconds that a call of the API took.", buckets=_BUCKETS, **own)
        self._throttled = Counter("throttled", "Calls that SES answered with throttling.", **own)
        self._held_back = Counter("held_back", "Messages put off because the relay keeps to the rate.", **own)
        self._refused = Counter(
            "refused",
            "Messages, addresses and connections refused or put off, by the code of the reply.",
            ["code"],
            **own,
        )
        self._connections = Counter("connections", "Connections that were taken.", **own)
        self._open = Gauge("open_connections", "Connections that there are now.", **own)
        self._gauge = Gauge
        self._own = own
        for outcome in Outcome:
            self._messages.labels(outcome.value)
            self._calls.labels(outcome.value)

    def add_gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a value that is asked for each time the metrics are read, such as the depth of a spool."""
        self._gauge(name, text, **self._own).set_function(value)

    def connected(self) -> None:
        """Count a connection."""
        self._connections.inc()
        self._open.inc()

    def disconnected(self) -> None:
        """Count it as gone."""
        self._open.dec()

    def turned_away(self, reply: str) -> None:
        """Count a refusal before the API."""
        self._refused.labels(reply[:3]).inc()

    def called(self, seconds: float, answer: Answer) -> None:
        """Count a call and the time that it took."""
        self._latency.observe(seconds)
        self._calls.labels(answer.outcome.value).inc()
        if answer.reply.startswith("454"):
            self._throttled.inc()

    def held_back(self) -> None:
        """Count a call that was not made."""
        self._held_back.inc()

    def answered(self, outcome: Outcome, *, reply: str, seconds: float, size: int) -> None:
        """Count a message."""
        self._messages.labels(outcome.value).inc()
        if outcome is not Outcome.SENT:
            self._refused.labels(reply[:3]).inc()
        self._seconds.observe(seconds)
        self._sizes.observe(size)

    def families(self) -> list[Family]:
        """Return all that is counted, as values of JSON."""
        return [
            [one.name, one.documentation, one.type, [[name, labels, value] for name, labels, value, *_ in one.samples]]
            for one in self.registry.collect()
        ]

    def page(self, accept: str = "") -> tuple[str, bytes]:
        """Return the type and the text of what Prometheus reads, in the format that it accepts."""
        from prometheus_client.exposition import choose_encoder

        encode, kind = choose_encoder(accept)
        return kind, encode(self.registry)
