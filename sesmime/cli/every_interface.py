"""The findings of a message with each of the interfaces it may go out by, each finding once: `--interface all`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final, NamedTuple

from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding
from sesmime.linter.run import lint
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters

INTERFACES: Final = tuple(interface for interface in Interface if interface.is_raw)


class Met(NamedTuple):
    """A finding, and the interfaces with which it is met; where those are not all, its message names them."""

    finding: Finding
    interfaces: tuple[Interface, ...]


def lint_with_all(message: bytes, *, parameters: ApiParameters, config: LintConfig) -> tuple[Met, ...]:
    """Return what is found with any of the interfaces, most severe first.

    Findings are the same if they are of one rule about one place. Of a finding whose words differ from interface to
    interface those of the most severe count, else of the first.
    """
    found: dict[tuple[object, ...], list[tuple[Interface, Finding]]] = {}
    for interface in INTERFACES:
        times: Counter[tuple[object, ...]] = Counter()
        for finding in lint(message, parameters=parameters, interface=interface, config=config):
            place = (finding.code, finding.span, finding.part, finding.parameter)
            times[place] += 1
            found.setdefault((*place, times[place]), []).append((interface, finding))
    met = [_met(one) for one in found.values()]
    return tuple(sorted(met, key=lambda one: -one.finding.severity))


def _met(found: list[tuple[Interface, Finding]]) -> Met:
    interfaces = tuple(interface for interface, _ in found)
    finding = max((finding for _, finding in found), key=lambda one: one.severity)
    if len(interfaces) < len(INTERFACES):
        names = ", ".join(interface.value for interface in interfaces)
        finding = replace(finding, message=f"{finding.message} (only with {names})")
    return Met(finding, interfaces)
