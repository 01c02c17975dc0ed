"""The verdict on a submission: what the linter expects of any account, and what this account's state adds.

The order is that of facts and probes: the syntax of parameters, fields and required fields, then the configuration
set, the length of addresses, the template, settings, and identities last (`sesmime.linter.rule.Stage`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from sesmime.errors import quoted
from sesmime.linter.answers import OF_ONE_ENTRY, Rejection, rejection_of
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Report
from sesmime.linter.listing import rule_of
from sesmime.linter.rule import Stage
from sesmime.linter.run import NO_PARAMETERS, findings, outgoing
from sesmime.local.answers import Refusal
from sesmime.local.options import Options
from sesmime.local.state import Region
from sesmime.ses.envelope import Envelope
from sesmime.ses.identities import Identities
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import Resolution, resolution_of
from sesmime.ses.requests import Submission

_STAGES: Final = {stage: number for number, stage in enumerate(Stage)}
# No identity is verified: the rule about identities is told one that nobody can have (RFC 2606).
_NO_IDENTITY: Final = ("no-identity.invalid",)
# dg/troubleshoot-error-messages. What v2 answers where v1 has another code, by v1's code.
_V2_CODES: Final = {
    "AccountSendingPausedException": "SendingPausedException",
    "ConfigurationSetSendingPausedException": "SendingPausedException",
    "ConfigurationSetDoesNotExist": "NotFoundException",
    "TemplateDoesNotExist": "NotFoundException",
    "Throttling": "TooManyRequestsException",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What becomes of a submission: `refusal` is None where it is taken, `rejection` the prediction behind it, if any.

    `configuration_set` is the one that counts: the parameter's, the field's, or the default of the identity.
    """

    report: Report
    resolution: Resolution
    envelope: Envelope
    configuration_set: str | None
    refusal: Refusal | None = None
    rejection: Rejection | None = None


def judge(
    submission: Submission, region: Region, options: Options, *, template: str | None = None, counts: bool = True
) -> Verdict:
    """Say what SES is expected to do with a submission, in an account with that state. The caller holds the lock.

    `template`: the name of the stored template that it needs, None for none. `counts`: whether it counts to the quota
    where it is taken.
    """
    interface = submission.interface
    verified = tuple(identity.name for identity in region.identities.values() if identity.verified)
    identities = () if options.any_identity else verified or _NO_IDENTITY
    config = replace(options.config, verified_identities=identities)
    subject = outgoing(submission, parameters=NO_PARAMETERS, interface=Interface.SEND_RAW_EMAIL, config=config)
    found = list(findings(subject, LintConfig(verified_identities=config.verified_identities)))
    section = subject.section if interface.is_raw else submission.message
    resolution = resolution_of(section, parameters=submission.parameters, interface=interface)
    addressed = subject.envelope
    expected = [
        (_STAGES[rule_of(finding.code).stage], rejection_of(finding, finding.rejection, subject))
        for finding in found
        if finding.rejection is not None and finding.code not in OF_ONE_ENTRY
    ]
    name = resolution.configuration_set or _default_set(region, addressed)
    verdict = Verdict(
        report=Report.of(finding for finding in found if config.wants(finding.code)),
        resolution=resolution,
        envelope=addressed,
        configuration_set=name,
    )
    paused = _paused_account(region)
    if paused is not None:
        return replace(verdict, refusal=spelled(paused, interface))
    of_state = [
        (Stage.CONFIGURATION_SET, _of_set(region, name)),
        (Stage.TEMPLATE, _of_template(region, template)),
        (Stage.SENDER, _of_recipients(region, options, addressed)),
    ]
    held: list[tuple[int, Rejection | Refusal]] = [*expected]
    held += [(_STAGES[stage], refusal) for stage, refusal in of_state if refusal is not None]
    if held:
        # Of one stage the prediction comes first: `min` keeps the order.
        _, first = min(held, key=lambda one: one[0])
        if isinstance(first, Rejection):
            return _refused(verdict, first, region)
        return replace(verdict, refusal=spelled(first, interface))
    throttled = _of_quota(region, options, addressed) if counts else None
    return verdict if throttled is None else replace(verdict, refusal=spelled(throttled, interface))


def spelled(refusal: Refusal, interface: Interface) -> Refusal:
    """Return a refusal of v1 with the code that the interface's API has for it."""
    if interface.is_v2:
        return Refusal(_V2_CODES.get(refusal.code, refusal.code), refusal.text, status=refusal.status)
    return refusal


def _refused(verdict: Verdict, rejection: Rejection, region: Region) -> Verdict:
    name = region.name.upper()
    reply = None if rejection.smtp_reply is None else rejection.smtp_reply.replace("<REGION>", name)
    # Where SES's words are not known, ours say what is wrong.
    text = rejection.text.replace("<REGION>", name) or rejection.finding.message
    refusal = Refusal(rejection.code or "MessageRejected", text, smtp_reply=reply)
    return replace(verdict, refusal=refusal, rejection=rejection)


def _default_set(region: Region, addressed: Envelope) -> str | None:
    """Return the default configuration set of the identity that sends."""
    identity = region.identity_of(str(addressed.sender or ""))
    return None if identity is None else identity.configuration_set


def _paused_account(region: Region) -> Refusal | None:
    if region.sending_enabled:
        return None
    text = (
        "Sending paused for this account. For more information, please check the inbox of the email address"
        " associated with your AWS account."
    )
    return Refusal("AccountSendingPausedException", text)


def _of_set(region: Region, name: str | None) -> Refusal | None:
    if name is None:
        return None
    configuration_set = region.configuration_sets.get(name)
    if configuration_set is None:
        return Refusal("ConfigurationSetDoesNotExist", f"Configuration set <{name}> does not exist.")
    if not configuration_set.sending_enabled:
        text = f"Sending is paused for configuration set {name}"
        return Refusal("ConfigurationSetSendingPausedException", text)
    return None


def _of_template(region: Region, name: str | None) -> Refusal | None:
    if name is None or name in region.templates:
        return None
    return Refusal("TemplateDoesNotExist", f"Template {name} does not exist.")


def _of_recipients(region: Region, options: Options, addressed: Envelope) -> Refusal | None:
    """In the sandbox recipients must be verified too, those of the mailbox simulator aside."""
    if not region.sandbox or options.any_identity:
        return None
    identities = Identities.of(identity.name for identity in region.identities.values() if identity.verified)
    failed = [
        str(address)
        for address in addressed.recipients
        if not identities.cover(str(address)) and not str(address).lower().endswith("@simulator.amazonses.com")
    ]
    if not failed:
        return None
    text = (
        "Email address is not verified. The following identities failed the check in region"
        f" {region.name.upper()}: {', '.join(quoted(address, 320)[1:-1] for address in failed)}"
    )
    return Refusal("MessageRejected", text)


def _of_quota(region: Region, options: Options, addressed: Envelope) -> Refusal | None:
    moment, count = monotonic(), max(1, len(addressed.recipients))
    if options.quota is not None and region.sent.in_day(moment) + count > options.quota:
        return Refusal("Throttling", "Daily message quota exceeded.")
    # A message to many recipients passes where nothing was sent before it, or no rate would ever let it pass.
    last_second = 0 if options.rate is None else region.sent.in_second(moment)
    if options.rate is not None and last_second and last_second + count > options.rate:
        return Refusal("Throttling", "Maximum sending rate exceeded.")
    region.sent.add(moment, count)
    return None
