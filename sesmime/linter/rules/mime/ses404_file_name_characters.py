"""SES404."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    FileName,
    Fix,
    Named,
    Outgoing,
    Severity,
    Stage,
    file_name_place,
    named_parts,
    quoted,
    renaming,
    rule,
)
from sesmime.ses.quotas import NOT_IN_FILE_NAMES


@rule(
    "SES404",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source="https://github.com/govuk-forms/forms-runner/issues/1594",
    stage=Stage.MIME,
    order=60,
    triggers=(":odd-file-name",),
)
def file_name_characters(outgoing: Outgoing) -> Iterator[Fault]:
    r"""A file name contains one of / \ : * ? " < > |.

    SendEmail of the API v2 refuses such names of its own attachments. One project reports that it refuses them in raw
    messages too; the error text is not known. Windows does not allow these characters either, so the file is saved
    under another name.
    """
    for named in outgoing.once(named_parts):
        bad = next((name for name in named.names if not name.is_plain and NOT_IN_FILE_NAMES.search(name.text)), None)
        if bad is None or named.part.is_attached:
            continue
        yield Fault(
            f"the file name {quoted(bad.text, 80)} contains {_shown(bad)}",
            file_name_place(named.part, bad),
            named.part,
            fix=_fix(outgoing, named),
        )


def _shown(name: FileName) -> str:
    return " ".join(sorted(set(NOT_IN_FILE_NAMES.findall(name.text))))


def _fix(outgoing: Outgoing, named: Named) -> Fix:
    cleaned = {name: NOT_IN_FILE_NAMES.sub("_", name.text) for name in named.names}
    return renaming(outgoing, named, cleaned, "replace these characters with _")
