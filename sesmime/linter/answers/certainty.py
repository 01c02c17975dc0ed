"""How sure the text of an expected refusal is: SES's refusing may be documented where only users tell its words."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts import find_texts
from sesmime.linter.findings import Finding
from sesmime.ses.evidence import Evidence


def text_certainty(text: str) -> Evidence | None:
    """Return how sure it is that SES has such a text, None for one that is not known.

    >>> text_certainty("Domain starts with dot"), text_certainty("Domain contains dot-dot")
    (<Evidence.OBSERVED: 'users of SES saw it'>, <Evidence.ASSUMED: 'inferred'>)
    """
    found = find_texts(text)
    if not found:
        return None
    certainties = {cause.evidence for cause in found[0].known.causes}
    return next((one for one in _SUREST_FIRST if one in certainties), Evidence.ASSUMED)


def expectation_certainty(finding: Finding) -> Evidence:
    """Return how sure it is that SES answers with the text of a finding: as its cause is, and as the text is.

    A malformed recipient is DOCUMENTED, for AWS says that SES refuses the message; that it does so with these words is
    OBSERVED where users quote them, and ASSUMED where only the parser that SES appears to use is known to have them.
    """
    certainty = None if finding.rejection is None else text_certainty(finding.rejection)
    return finding.evidence if certainty is None else max(finding.evidence, certainty, key=_SUREST_FIRST.index)


_SUREST_FIRST: Final = (Evidence.DOCUMENTED, Evidence.OBSERVED, Evidence.ASSUMED)
