"""Identities: addresses and domains, verified at once unless the option `pending` is set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sesmime.local.answers import Refusal
from sesmime.local.calls import Call
from sesmime.local.desk import Desk
from sesmime.local.operations.paging import listed_tags, page_of, tags_of
from sesmime.local.state import Identity

_Result = Mapping[str, Any]
_NOTIFICATIONS: Final = ("Bounce", "Complaint", "Delivery")


def tokens_of(name: str) -> tuple[str, ...]:
    """Return the DKIM tokens of a domain: the same for the same name, so that what is planned stays."""
    return tuple(hashlib.sha256(f"{name}/{number}".encode()).hexdigest()[:32] for number in range(3))


def _made(desk: Desk, call: Call, name: str) -> Identity:
    """Return the identity of that name in the call's region, made if need be."""
    name = name if "@" in name else name.lower()
    identities = desk.state.region(call.region).identities
    if name not in identities:
        tokens = () if "@" in name else tokens_of(name)
        identities[name] = Identity(name, verified=not desk.options.pending, dkim_tokens=tokens)
    return identities[name]


def _found(desk: Desk, call: Call, name: str) -> Identity:
    """Return the identity; raises the refusal of either API where there is none."""
    identity = desk.state.region(call.region).identities.get(name)
    if identity is not None:
        return identity
    if call.service == "ses":
        raise Refusal("InvalidParameterValue", f"Identity <{name}> does not exist.")
    raise Refusal("NotFoundException", f"Email identity {name} does not exist.")


def _named(desk: Desk, call: Call) -> Iterable[Identity]:
    identities = desk.state.region(call.region).identities
    return [identities[name] for name in call.parameters.get("Identities") or () if name in identities]


# v1


def verify_address(desk: Desk, call: Call) -> _Result:
    """v1 VerifyEmailIdentity, VerifyEmailAddress."""
    _made(desk, call, call.parameters["EmailAddress"])
    return {}


def verify_domain(desk: Desk, call: Call) -> _Result:
    """v1 VerifyDomainIdentity."""
    identity = _made(desk, call, call.parameters["Domain"])
    return {"VerificationToken": identity.dkim_tokens[0]}


def verify_domain_dkim(desk: Desk, call: Call) -> _Result:
    """v1 VerifyDomainDkim."""
    return {"DkimTokens": list(_made(desk, call, call.parameters["Domain"]).dkim_tokens)}


def list_identities(desk: Desk, call: Call) -> _Result:
    """v1 ListIdentities."""
    kind = call.parameters.get("IdentityType")
    names = [
        identity.name
        for identity in desk.state.region(call.region).identities.values()
        if kind is None or identity.is_domain == (kind == "Domain")
    ]
    page, more = page_of(names, call.parameters, size="MaxItems", most=1000)
    return {"Identities": page, **more}


def list_verified_addresses(desk: Desk, call: Call) -> _Result:
    """v1 ListVerifiedEmailAddresses."""
    identities = desk.state.region(call.region).identities.values()
    return {"VerifiedEmailAddresses": [one.name for one in identities if one.verified and not one.is_domain]}


def delete_identity(desk: Desk, call: Call) -> _Result:
    """v1 DeleteIdentity, DeleteVerifiedEmailAddress: what is not there is deleted without complaint."""
    name = call.parameters.get("Identity") or call.parameters.get("EmailAddress")
    desk.state.region(call.region).identities.pop(str(name), None)
    return {}


def get_verification(desk: Desk, call: Call) -> _Result:
    """v1 GetIdentityVerificationAttributes."""
    return {
        "VerificationAttributes": {
            identity.name: {"VerificationStatus": _status(identity)}
            | ({"VerificationToken": identity.dkim_tokens[0]} if identity.is_domain else {})
            for identity in _named(desk, call)
        }
    }


def get_dkim(desk: Desk, call: Call) -> _Result:
    """v1 GetIdentityDkimAttributes."""
    return {
        "DkimAttributes": {
            identity.name: {
                "DkimEnabled": identity.dkim_signing and identity.is_domain,
                "DkimVerificationStatus": _status(identity) if identity.is_domain else "NotStarted",
                "DkimTokens": list(identity.dkim_tokens),
            }
            for identity in _named(desk, call)
        }
    }


def set_dkim(desk: Desk, call: Call) -> _Result:
    """v1 SetIdentityDkimEnabled."""
    _found(desk, call, call.parameters["Identity"]).dkim_signing = bool(call.parameters["DkimEnabled"])
    return {}


def get_notifications(desk: Desk, call: Call) -> _Result:
    """v1 GetIdentityNotificationAttributes."""
    return {
        "NotificationAttributes": {
            identity.name: {
                **{f"{kind}Topic": identity.topics.get(kind, "") for kind in _NOTIFICATIONS},
                **{f"HeadersIn{kind}NotificationsEnabled": kind in identity.headers_in for kind in _NOTIFICATIONS},
                "ForwardingEnabled": identity.forwarding,
            }
            for identity in _named(desk, call)
        }
    }


def set_topic(desk: Desk, call: Call) -> _Result:
    """v1 SetIdentityNotificationTopic; without a topic the notifications stop."""
    identity = _found(desk, call, call.parameters["Identity"])
    topic, kind = call.parameters.get("SnsTopic"), call.parameters["NotificationType"]
    if topic:
        identity.topics[kind] = topic
        text = (
            f"You have successfully subscribed your Amazon SNS topic '{topic}' to receive '{kind}' notifications from"
            f" Amazon SES for identity '{identity.name}'."
        )
        setup = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": text}
        desk.publisher.validated(call.region, topic, json.dumps(setup) + "\n")
    else:
        identity.topics.pop(kind, None)
    return {}


def set_headers_in(desk: Desk, call: Call) -> _Result:
    """v1 SetIdentityHeadersInNotificationsEnabled."""
    kinds = _found(desk, call, call.parameters["Identity"]).headers_in
    (kinds.add if call.parameters["Enabled"] else kinds.discard)(call.parameters["NotificationType"])
    return {}


def set_forwarding(desk: Desk, call: Call) -> _Result:
    """v1 SetIdentityFeedbackForwardingEnabled, v2 PutEmailIdentityFeedbackAttributes."""
    given = call.parameters
    identity = _found(desk, call, given.get("Identity") or given["EmailIdentity"])
    identity.forwarding = bool(given.get("ForwardingEnabled", given.get("EmailForwardingEnabled")))
    return {}


def set_mail_from(desk: Desk, call: Call) -> _Result:
    """v1 SetIdentityMailFromDomain, v2 PutEmailIdentityMailFromAttributes; without a domain SES's own is used."""
    given = call.parameters
    identity = _found(desk, call, given.get("Identity") or given["EmailIdentity"])
    identity.mail_from_domain = given.get("MailFromDomain") or None
    behaviour = given.get("BehaviorOnMXFailure") or given.get("BehaviorOnMxFailure") or "USE_DEFAULT_VALUE"
    identity.mail_from_failure = (
        "REJECT_MESSAGE" if behaviour in ("RejectMessage", "REJECT_MESSAGE") else "USE_DEFAULT_VALUE"
    )
    return {}


def get_mail_from(desk: Desk, call: Call) -> _Result:
    """v1 GetIdentityMailFromDomainAttributes."""
    return {
        "MailFromDomainAttributes": {
            identity.name: {
                "MailFromDomain": identity.mail_from_domain or "",
                "MailFromDomainStatus": "Success",
                "BehaviorOnMXFailure": "RejectMessage" if "REJECT" in identity.mail_from_failure else "UseDefaultValue",
            }
            for identity in _named(desk, call)
        }
    }


def put_policy(desk: Desk, call: Call) -> _Result:
    """v1 PutIdentityPolicy, v2 UpdateEmailIdentityPolicy."""
    given = call.parameters
    identity = _found(desk, call, given.get("Identity") or given["EmailIdentity"])
    if call.service == "sesv2" and given["PolicyName"] not in identity.policies:
        raise Refusal("NotFoundException", f"Policy {given['PolicyName']} does not exist.")
    identity.policies[given["PolicyName"]] = given["Policy"]
    return {}


def create_policy(desk: Desk, call: Call) -> _Result:
    """v2 CreateEmailIdentityPolicy."""
    given = call.parameters
    policies = _found(desk, call, given["EmailIdentity"]).policies
    if given["PolicyName"] in policies:
        raise Refusal("AlreadyExistsException", f"Policy {given['PolicyName']} already exists.")
    policies[given["PolicyName"]] = given["Policy"]
    return {}


def delete_policy(desk: Desk, call: Call) -> _Result:
    """v1 DeleteIdentityPolicy, v2 DeleteEmailIdentityPolicy."""
    given = call.parameters
    _found(desk, call, given.get("Identity") or given["EmailIdentity"]).policies.pop(given["PolicyName"], None)
    return {}


def get_policies(desk: Desk, call: Call) -> _Result:
    """v1 GetIdentityPolicies, v2 GetEmailIdentityPolicies."""
    given = call.parameters
    policies = _found(desk, call, given.get("Identity") or given["EmailIdentity"]).policies
    wanted = given.get("PolicyNames")
    return {"Policies": {name: text for name, text in policies.items() if wanted is None or name in wanted}}


def list_policies(desk: Desk, call: Call) -> _Result:
    """v1 ListIdentityPolicies."""
    return {"PolicyNames": list(_found(desk, call, call.parameters["Identity"]).policies)}


# v2


def create_identity(desk: Desk, call: Call) -> _Result:
    """v2 CreateEmailIdentity."""
    name = call.parameters["EmailIdentity"]
    region = desk.state.region(call.region)
    if name in region.identities:
        raise Refusal("AlreadyExistsException", f"Email identity {name} already exist.")
    configuration_set = call.parameters.get("ConfigurationSetName")
    if configuration_set is not None and configuration_set not in region.configuration_sets:
        raise Refusal("NotFoundException", f"Configuration set <{configuration_set}> does not exist.")
    identity = _made(desk, call, name)
    identity.configuration_set = configuration_set
    identity.tags = tags_of(call.parameters)
    return {
        "IdentityType": "DOMAIN" if identity.is_domain else "EMAIL_ADDRESS",
        "VerifiedForSendingStatus": identity.verified,
        "DkimAttributes": _dkim(identity),
    }


def get_identity(desk: Desk, call: Call) -> _Result:
    """v2 GetEmailIdentity."""
    identity = _found(desk, call, call.parameters["EmailIdentity"])
    result: dict[str, Any] = {
        "IdentityType": "DOMAIN" if identity.is_domain else "EMAIL_ADDRESS",
        "FeedbackForwardingStatus": identity.forwarding,
        "VerifiedForSendingStatus": identity.verified,
        "VerificationStatus": _status(identity).upper(),
        "DkimAttributes": _dkim(identity),
        "MailFromAttributes": {"BehaviorOnMxFailure": identity.mail_from_failure},
        "Policies": dict(identity.policies),
        "Tags": listed_tags(identity.tags),
        "ConfigurationSetName": identity.configuration_set,
    }
    if identity.mail_from_domain:
        result["MailFromAttributes"] |= {
            "MailFromDomain": identity.mail_from_domain,
            "MailFromDomainStatus": "SUCCESS",
        }
    return {name: value for name, value in result.items() if value is not None}


def list_email_identities(desk: Desk, call: Call) -> _Result:
    """v2 ListEmailIdentities."""
    listed = [
        {
            "IdentityType": "DOMAIN" if identity.is_domain else "EMAIL_ADDRESS",
            "IdentityName": identity.name,
            "SendingEnabled": identity.verified,
            "VerificationStatus": _status(identity).upper(),
        }
        for identity in desk.state.region(call.region).identities.values()
    ]
    page, more = page_of(listed, call.parameters)
    return {"EmailIdentities": page, **more}


def delete_email_identity(desk: Desk, call: Call) -> _Result:
    """v2 DeleteEmailIdentity."""
    identity = _found(desk, call, call.parameters["EmailIdentity"])
    del desk.state.region(call.region).identities[identity.name]
    return {}


def put_configuration_set(desk: Desk, call: Call) -> _Result:
    """v2 PutEmailIdentityConfigurationSetAttributes; without a name there is no default any more."""
    identity = _found(desk, call, call.parameters["EmailIdentity"])
    name = call.parameters.get("ConfigurationSetName") or None
    if name is not None and name not in desk.state.region(call.region).configuration_sets:
        raise Refusal("NotFoundException", f"Configuration set <{name}> does not exist.")
    identity.configuration_set = name
    return {}


def put_dkim(desk: Desk, call: Call) -> _Result:
    """v2 PutEmailIdentityDkimAttributes."""
    _found(desk, call, call.parameters["EmailIdentity"]).dkim_signing = bool(call.parameters.get("SigningEnabled"))
    return {}


def put_dkim_signing(desk: Desk, call: Call) -> _Result:
    """v2 PutEmailIdentityDkimSigningAttributes."""
    identity = _found(desk, call, call.parameters["EmailIdentity"])
    return {"DkimStatus": _status(identity).upper(), "DkimTokens": list(identity.dkim_tokens)}


def _status(identity: Identity) -> str:
    return "Success" if identity.verified else "Pending"


def _dkim(identity: Identity) -> dict[str, Any]:
    return {
        "SigningEnabled": identity.dkim_signing and identity.is_domain,
        "Status": _status(identity).upper() if identity.is_domain else "NOT_STARTED",
        "Tokens": list(identity.dkim_tokens),
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
    }


_V1: Final[Mapping[str, Callable[[Desk, Call], _Result]]] = {
    "VerifyEmailIdentity": verify_address,
    "VerifyEmailAddress": verify_address,
    "VerifyDomainIdentity": verify_domain,
    "VerifyDomainDkim": verify_domain_dkim,
    "ListIdentities": list_identities,
    "ListVerifiedEmailAddresses": list_verified_addresses,
    "DeleteIdentity": delete_identity,
    "DeleteVerifiedEmailAddress": delete_identity,
    "GetIdentityVerificationAttributes": get_verification,
    "GetIdentityDkimAttributes": get_dkim,
    "SetIdentityDkimEnabled": set_dkim,
    "GetIdentityNotificationAttributes": get_notifications,
    "SetIdentityNotificationTopic": set_topic,
    "SetIdentityHeadersInNotificationsEnabled": set_headers_in,
    "SetIdentityFeedbackForwardingEnabled": set_forwarding,
    "SetIdentityMailFromDomain": set_mail_from,
    "GetIdentityMailFromDomainAttributes": get_mail_from,
    "PutIdentityPolicy": put_policy,
    "DeleteIdentityPolicy": delete_policy,
    "GetIdentityPolicies": get_policies,
    "ListIdentityPolicies": list_policies,
}
_V2: Final[Mapping[str, Callable[[Desk, Call], _Result]]] = {
    "CreateEmailIdentity": create_identity,
    "GetEmailIdentity": get_identity,
    "ListEmailIdentities": list_email_identities,
    "DeleteEmailIdentity": delete_email_identity,
    "PutEmailIdentityConfigurationSetAttributes": put_configuration_set,
    "PutEmailIdentityDkimAttributes": put_dkim,
    "PutEmailIdentityDkimSigningAttributes": put_dkim_signing,
    "PutEmailIdentityFeedbackAttributes": set_forwarding,
    "PutEmailIdentityMailFromAttributes": set_mail_from,
    "CreateEmailIdentityPolicy": create_policy,
    "UpdateEmailIdentityPolicy": put_policy,
    "DeleteEmailIdentityPolicy": delete_policy,
    "GetEmailIdentityPolicies": get_policies,
}
OPERATIONS: Final = {("ses", name): operation for name, operation in _V1.items()} | {
    ("sesv2", name): operation for name, operation in _V2.items()
}
