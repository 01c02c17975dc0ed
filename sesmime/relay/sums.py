"""What several processes have counted, as one (extra `metrics`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from sesmime.relay.metrics import Family, Metrics

# What outlives the process that has counted it; a gauge says how things are.
_LASTING: Final = frozenset(("counter", "histogram"))


def summed(counted: Iterable[Sequence[Family]]) -> list[Family]:
    """Return the families of all, and the sum of each value; the first time at which something was counted is one.

    >>> one = ["hits", "Hits.", "counter", [["hits_total", {"by": "me"}, 2.0], ["hits_created", {"by": "me"}, 7.0]]]
    >>> summed([[one], [one]])[0][3]
    [['hits_total', {'by': 'me'}, 4.0], ['hits_created', {'by': 'me'}, 7.0]]
    """
    families: dict[str, Family] = {}
    values: dict[str, dict[tuple[Any, ...], float]] = {}
    for name, text, kind, samples in (family for families_ in counted for family in families_):
        families.setdefault(name, [name, text, kind, []])
        sums = values.setdefault(name, {})
        for sample, labels, value in samples:
            key = (sample, *labels.items())
            if key not in sums:
                sums[key] = value
            elif sample.endswith("_created"):
                sums[key] = min(sums[key], value)
            else:
                sums[key] += value
    for name, family in families.items():
        family[3] = [[sample, dict(labels), value] for (sample, *labels), value in values[name].items()]
    return list(families.values())


def lasting(counted: Iterable[Family]) -> list[Family]:
    """Return what counts on when the process that counted it is no more."""
    return [family for family in counted if family[2] in _LASTING]


class SummedMetrics(Metrics):
    """Counts for Prometheus, and what `others` gives is added where they are read. Raises ImportError as `Metrics`."""

    def __init__(self, others: Callable[[], Sequence[Sequence[Family]]]) -> None:
        super().__init__()
        self._others = others

    def page(self, accept: str = "") -> tuple[str, bytes]:
        """Return the type and the text of what Prometheus reads, in the format that it accepts."""
        from prometheus_client.exposition import choose_encoder

        others = self._others()
        encode, kind = choose_encoder(accept)
        sums: Any = _Sums(summed([self.families(), *others]))
        return kind, encode(sums)


class _Sums:
    """A registry as those see it who read it."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Any]:
        from prometheus_client import Metric

        for name, text, kind, samples in self._families:
            metric = Metric(name, text, kind)
            for sample, labels, value in samples:
                metric.add_sample(sample, labels, value)
            yield metric
