"""The findings of a forward, as rules: what `prepare_forward` could not carry over, which only it can see.

`lint` does not run them, for the message that was made shows nothing of it; they are here to be looked up.
"""

from __future__ import annotations

from typing import Final

from sesmime.linter.findings import Severity
from sesmime.linter.rule import Fault, Rule, Stage, Subject, rule
from sesmime.linter.view.outgoing import Outgoing
from sesmime.ses.evidence import Evidence

_ORIGINATORS: Final = "https://www.rfc-editor.org/rfc/rfc5322#section-3.6.2"


@rule(
    "SES216",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=_ORIGINATORS,
    stage=Stage.SENDER,
    subject=Subject.MESSAGE,
)
def unanswerable_author(outgoing: Outgoing) -> tuple[Fault, ...]:
    """A forwarded message has no Reply-To: answers come to the forwarder.

    SES sends only from verified addresses, so a forward is From the forwarder, and the author can be answered by
    Reply-To alone. The author's address cannot be used there: it is missing, malformed or not ASCII. `prepare_forward`
    tells of it; `lint` cannot see it.
    """
    return ()


@rule(
    "SES217",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=_ORIGINATORS,
    stage=Stage.SENDER,
    subject=Subject.MESSAGE,
)
def left_out_of_forward(outgoing: Outgoing) -> tuple[Fault, ...]:
    """Something of a received message could not be carried over into the forwarded one.

    An address that SES does not take is left out of Reply-To, To or Cc; a display name over its limit is shortened; a
    line that is no field is kept in no field. `prepare_forward` tells of it; `lint` cannot see it.
    """
    return ()


RULES: Final[tuple[Rule, ...]] = (unanswerable_author, left_out_of_forward)
