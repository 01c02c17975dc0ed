"""What programs such as Terraform call, family by family: an operation, its request, and what its answer must hold.

The rows of a family run in order, on an account that has nothing. Expectations are JMESPath expressions with their
values, or the code of the error that is expected from SES.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

SET: Final = "orders"
TOPIC_ARN: Final = "arn:aws:sns:us-east-1:123456789012:ses-events"
IDENTITY_ARN: Final = "arn:aws:ses:us-east-1:123456789012:identity/shop.example"
POLICY: Final = '{"Version":"2012-10-17","Statement":[]}'
MESSAGE: Final = b"From: ann@shop.example\r\nTo: bob@b.example\r\nSubject: Hi\r\n\r\nHello\r\n"
TO: Final = {"ToAddresses": ["bob@b.example"]}
VERIFICATION: Final = {
    "TemplateName": "welcome",
    "FromEmailAddress": "ann@shop.example",
    "TemplateSubject": "Confirm",
    "TemplateContent": "<p>Confirm</p>",
    "SuccessRedirectionURL": "https://shop.example/yes",
    "FailureRedirectionURL": "https://shop.example/no",
}


class Row(NamedTuple):
    """One call: its service and operation, the request, and what is expected: values, or an error's code."""

    service: str
    operation: str
    request: dict[str, Any]
    expected: dict[str, Any] | str = {}  # noqa: RUF012, nothing changes it


def _v1(operation: str, expected: dict[str, Any] | str | None = None, **request: Any) -> Row:
    return Row("ses", operation, request, {} if expected is None else expected)


def _v2(operation: str, expected: dict[str, Any] | str | None = None, **request: Any) -> Row:
    return Row("sesv2", operation, request, {} if expected is None else expected)


def _of_v1(name: str, **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Enabled": True,
        "MatchingEventTypes": ["bounce"],
        "SNSDestination": {"TopicARN": TOPIC_ARN},
    } | more


def _of_v2(*kinds: str) -> dict[str, Any]:
    return {"Enabled": True, "MatchingEventTypes": list(kinds), "SnsDestination": {"TopicArn": TOPIC_ARN}}


SETS: Final = (
    _v1("CreateConfigurationSet", ConfigurationSet={"Name": SET}),
    _v1("CreateConfigurationSet", "ConfigurationSetAlreadyExists", ConfigurationSet={"Name": SET}),
    _v2("CreateConfigurationSet", "AlreadyExistsException", ConfigurationSetName=SET),
    _v2("CreateConfigurationSet", ConfigurationSetName="second", Tags=[{"Key": "team", "Value": "shop"}]),
    _v1("ListConfigurationSets", {"ConfigurationSets[].Name | sort(@)": [SET, "second"]}),
    _v2("ListConfigurationSets", {"sort(ConfigurationSets)": [SET, "second"]}),
    _v1("CreateConfigurationSetEventDestination", ConfigurationSetName=SET, EventDestination=_of_v1("bounces")),
    _v1(
        "CreateConfigurationSetEventDestination",
        "EventDestinationAlreadyExists",
        ConfigurationSetName=SET,
        EventDestination=_of_v1("bounces"),
    ),
    _v1(
        "CreateConfigurationSetEventDestination",
        "ConfigurationSetDoesNotExist",
        ConfigurationSetName="nowhere",
        EventDestination=_of_v1("bounces"),
    ),
    _v1(
        "DescribeConfigurationSet",
        {
            "ConfigurationSet.Name": SET,
            "EventDestinations[].[Name, Enabled, MatchingEventTypes, SNSDestination.TopicARN]": [
                ["bounces", True, ["bounce"], TOPIC_ARN]
            ],
        },
        ConfigurationSetName=SET,
        ConfigurationSetAttributeNames=["eventDestinations"],
    ),
    _v1(
        "UpdateConfigurationSetEventDestination",
        ConfigurationSetName=SET,
        EventDestination=_of_v1("bounces", MatchingEventTypes=["bounce", "complaint"], Enabled=False),
    ),
    # What one API made the other shows.
    _v2(
        "GetConfigurationSetEventDestinations",
        {
            "EventDestinations[].[Name, Enabled, sort(MatchingEventTypes), SnsDestination.TopicArn]": [
                ["bounces", False, ["BOUNCE", "COMPLAINT"], TOPIC_ARN]
            ]
        },
        ConfigurationSetName=SET,
    ),
    _v2(
        "CreateConfigurationSetEventDestination",
        ConfigurationSetName=SET,
        EventDestinationName="all",
        EventDestination=_of_v2("SEND", "DELIVERY_DELAY"),
    ),
    _v2(
        "UpdateConfigurationSetEventDestination",
        ConfigurationSetName=SET,
        EventDestinationName="all",
        EventDestination=_of_v2("SEND"),
    ),
    _v2(
        "UpdateConfigurationSetEventDestination",
        "NotFoundException",
        ConfigurationSetName=SET,
        EventDestinationName="none",
        EventDestination=_of_v2("SEND"),
    ),
    _v2(
        "GetConfigurationSetEventDestinations",
        {"EventDestinations[?Name=='all'].MatchingEventTypes": [["SEND"]]},
        ConfigurationSetName=SET,
    ),
    _v2("DeleteConfigurationSetEventDestination", ConfigurationSetName=SET, EventDestinationName="all"),
    _v1("DeleteConfigurationSetEventDestination", ConfigurationSetName=SET, EventDestinationName="bounces"),
    _v1(
        "DeleteConfigurationSetEventDestination",
        "EventDestinationDoesNotExist",
        ConfigurationSetName=SET,
        EventDestinationName="bounces",
    ),
    _v2("GetConfigurationSetEventDestinations", {"EventDestinations": []}, ConfigurationSetName=SET),
    _v1(
        "CreateConfigurationSetTrackingOptions",
        ConfigurationSetName=SET,
        TrackingOptions={"CustomRedirectDomain": "click.shop.example"},
    ),
    _v1(
        "CreateConfigurationSetTrackingOptions",
        "TrackingOptionsAlreadyExistsException",
        ConfigurationSetName=SET,
        TrackingOptions={"CustomRedirectDomain": "click.shop.example"},
    ),
    _v1(
        "UpdateConfigurationSetTrackingOptions",
        ConfigurationSetName=SET,
        TrackingOptions={"CustomRedirectDomain": "go.shop.example"},
    ),
    _v2("GetConfigurationSet", {"TrackingOptions.CustomRedirectDomain": "go.shop.example"}, ConfigurationSetName=SET),
    _v1("DeleteConfigurationSetTrackingOptions", ConfigurationSetName=SET),
    _v1("DeleteConfigurationSetTrackingOptions", "TrackingOptionsDoesNotExistException", ConfigurationSetName=SET),
    _v1("PutConfigurationSetDeliveryOptions", ConfigurationSetName=SET, DeliveryOptions={"TlsPolicy": "Require"}),
    _v2("GetConfigurationSet", {"DeliveryOptions.TlsPolicy": "REQUIRE"}, ConfigurationSetName=SET),
    _v2("PutConfigurationSetDeliveryOptions", ConfigurationSetName=SET, TlsPolicy="OPTIONAL"),
    _v1(
        "DescribeConfigurationSet",
        {"DeliveryOptions.TlsPolicy": "Optional"},
        ConfigurationSetName=SET,
        ConfigurationSetAttributeNames=["deliveryOptions"],
    ),
    _v1("UpdateConfigurationSetReputationMetricsEnabled", ConfigurationSetName=SET, Enabled=True),
    _v2("GetConfigurationSet", {"ReputationOptions.ReputationMetricsEnabled": True}, ConfigurationSetName=SET),
    _v2("PutConfigurationSetReputationOptions", ConfigurationSetName=SET, ReputationMetricsEnabled=False),
    _v1("UpdateConfigurationSetSendingEnabled", ConfigurationSetName=SET, Enabled=False),
    _v2("GetConfigurationSet", {"SendingOptions.SendingEnabled": False}, ConfigurationSetName=SET),
    _v2("PutConfigurationSetSendingOptions", ConfigurationSetName=SET, SendingEnabled=True),
    _v2("PutConfigurationSetSuppressionOptions", ConfigurationSetName=SET, SuppressedReasons=["COMPLAINT"]),
    _v2("PutConfigurationSetTrackingOptions", ConfigurationSetName=SET, CustomRedirectDomain="t.shop.example"),
    _v2("PutConfigurationSetTrackingOptions", ConfigurationSetName="second"),
    _v1(
        "DescribeConfigurationSet",
        {"TrackingOptions": None, "ReputationOptions.SendingEnabled": True},
        ConfigurationSetName="second",
        ConfigurationSetAttributeNames=["trackingOptions", "deliveryOptions", "reputationOptions", "eventDestinations"],
    ),
    _v2(
        "PutConfigurationSetVdmOptions",
        ConfigurationSetName=SET,
        VdmOptions={"DashboardOptions": {"EngagementMetrics": "ENABLED"}},
    ),
    _v2(
        "PutConfigurationSetArchivingOptions",
        ConfigurationSetName=SET,
        ArchiveArn="arn:aws:ses:us-east-1:123456789012:mailmanager-archive/a-1",
    ),
    _v2("UpdateConfigurationSet", ConfigurationSetName=SET),
    _v2(
        "GetConfigurationSet",
        {
            "ConfigurationSetName": SET,
            "SendingOptions.SendingEnabled": True,
            "SuppressionOptions.SuppressedReasons": ["COMPLAINT"],
            "TrackingOptions.CustomRedirectDomain": "t.shop.example",
            "VdmOptions.DashboardOptions.EngagementMetrics": "ENABLED",
        },
        ConfigurationSetName=SET,
    ),
    _v2("DeleteConfigurationSet", ConfigurationSetName="second"),
    _v2("DeleteConfigurationSet", "NotFoundException", ConfigurationSetName="second"),
    _v1("DeleteConfigurationSet", ConfigurationSetName=SET),
    _v1("DeleteConfigurationSet", "ConfigurationSetDoesNotExist", ConfigurationSetName=SET),
    _v1("DescribeConfigurationSet", "ConfigurationSetDoesNotExist", ConfigurationSetName=SET),
    _v2("GetConfigurationSet", "NotFoundException", ConfigurationSetName=SET),
)
IDENTITIES: Final = (
    _v1("VerifyEmailAddress", EmailAddress="old@b.example"),
    _v1("VerifyEmailIdentity", EmailAddress="ann@a.example"),
    _v1("VerifyDomainIdentity", {"length(VerificationToken) > `10`": True}, Domain="shop.example"),
    _v1("VerifyDomainDkim", {"length(DkimTokens)": 3}, Domain="shop.example"),
    _v1("ListVerifiedEmailAddresses", {"sort(VerifiedEmailAddresses)": ["ann@a.example", "old@b.example"]}),
    _v1("ListIdentities", {"Identities": ["shop.example"]}, IdentityType="Domain"),
    _v1(
        "GetIdentityVerificationAttributes",
        {'VerificationAttributes."shop.example".VerificationStatus': "Success"},
        Identities=["shop.example"],
    ),
    _v1("SetIdentityDkimEnabled", Identity="shop.example", DkimEnabled=True),
    _v1(
        "GetIdentityDkimAttributes",
        {
            'DkimAttributes."shop.example".[DkimEnabled, DkimVerificationStatus, length(DkimTokens)]': [
                True,
                "Success",
                3,
            ]
        },
        Identities=["shop.example"],
    ),
    _v1("SetIdentityMailFromDomain", Identity="shop.example", MailFromDomain="mail.shop.example"),
    _v1(
        "GetIdentityMailFromDomainAttributes",
        {'MailFromDomainAttributes."shop.example".MailFromDomain': "mail.shop.example"},
        Identities=["shop.example"],
    ),
    _v1("SetIdentityFeedbackForwardingEnabled", Identity="shop.example", ForwardingEnabled=True),
    _v1("SetIdentityNotificationTopic", Identity="shop.example", NotificationType="Bounce", SnsTopic=TOPIC_ARN),
    _v1("SetIdentityHeadersInNotificationsEnabled", Identity="shop.example", NotificationType="Bounce", Enabled=True),
    _v1(
        "GetIdentityNotificationAttributes",
        {
            'NotificationAttributes."shop.example".[BounceTopic, HeadersInBounceNotificationsEnabled]': [
                TOPIC_ARN,
                True,
            ],
            'NotificationAttributes."shop.example".ForwardingEnabled': True,
        },
        Identities=["shop.example"],
    ),
    _v1("PutIdentityPolicy", Identity="shop.example", PolicyName="p", Policy=POLICY),
    _v1("ListIdentityPolicies", {"PolicyNames": ["p"]}, Identity="shop.example"),
    _v1("GetIdentityPolicies", {"Policies": {"p": POLICY}}, Identity="shop.example", PolicyNames=["p"]),
    _v2("GetEmailIdentityPolicies", {"Policies": {"p": POLICY}}, EmailIdentity="shop.example"),
    _v1("DeleteIdentityPolicy", Identity="shop.example", PolicyName="p"),
    _v2("CreateEmailIdentity", "AlreadyExistsException", EmailIdentity="shop.example"),
    _v2(
        "CreateEmailIdentity",
        {"IdentityType": "DOMAIN", "VerifiedForSendingStatus": True, "length(DkimAttributes.Tokens)": 3},
        EmailIdentity="new.example",
        Tags=[{"Key": "team", "Value": "shop"}],
    ),
    _v2(
        "ListEmailIdentities",
        {
            "EmailIdentities[].IdentityName | sort(@)": [
                "ann@a.example",
                "new.example",
                "old@b.example",
                "shop.example",
            ],
            "EmailIdentities[?IdentityName=='ann@a.example'].IdentityType": ["EMAIL_ADDRESS"],
        },
    ),
    _v2("CreateConfigurationSet", ConfigurationSetName=SET),
    _v2("PutEmailIdentityConfigurationSetAttributes", EmailIdentity="shop.example", ConfigurationSetName=SET),
    _v2("PutEmailIdentityDkimAttributes", EmailIdentity="shop.example", SigningEnabled=False),
    _v2(
        "PutEmailIdentityDkimSigningAttributes",
        EmailIdentity="shop.example",
        SigningAttributesOrigin="AWS_SES",
    ),
    _v2("PutEmailIdentityFeedbackAttributes", EmailIdentity="shop.example", EmailForwardingEnabled=False),
    _v2(
        "PutEmailIdentityMailFromAttributes",
        EmailIdentity="shop.example",
        MailFromDomain="bounces.shop.example",
        BehaviorOnMxFailure="REJECT_MESSAGE",
    ),
    _v2("CreateEmailIdentityPolicy", EmailIdentity="shop.example", PolicyName="q", Policy=POLICY),
    _v2("UpdateEmailIdentityPolicy", EmailIdentity="shop.example", PolicyName="q", Policy=POLICY),
    _v2(
        "GetEmailIdentity",
        {
            "IdentityType": "DOMAIN",
            "VerificationStatus": "SUCCESS",
            "FeedbackForwardingStatus": False,
            "DkimAttributes.SigningEnabled": False,
            "MailFromAttributes.[MailFromDomain, BehaviorOnMxFailure]": ["bounces.shop.example", "REJECT_MESSAGE"],
            "ConfigurationSetName": SET,
            "Policies": {"q": POLICY},
        },
        EmailIdentity="shop.example",
    ),
    _v2("DeleteEmailIdentityPolicy", EmailIdentity="shop.example", PolicyName="q"),
    _v2("DeleteEmailIdentityPolicy", "NotFoundException", EmailIdentity="none.example", PolicyName="q"),
    _v2("TagResource", ResourceArn=IDENTITY_ARN, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]),
    _v2("UntagResource", ResourceArn=IDENTITY_ARN, TagKeys=["a"]),
    _v2("ListTagsForResource", {"Tags": [{"Key": "b", "Value": "2"}]}, ResourceArn=IDENTITY_ARN),
    _v2(
        "ListTagsForResource",
        "NotFoundException",
        ResourceArn="arn:aws:ses:us-east-1:123456789012:identity/none.example",
    ),
    _v1("DeleteVerifiedEmailAddress", EmailAddress="old@b.example"),
    _v1("DeleteIdentity", Identity="ann@a.example"),
    _v2("DeleteEmailIdentity", EmailIdentity="shop.example"),
    _v2("DeleteEmailIdentity", "NotFoundException", EmailIdentity="shop.example"),
    _v2("GetEmailIdentity", "NotFoundException", EmailIdentity="shop.example"),
    _v1("ListIdentities", {"Identities": ["new.example"]}),
)
TEMPLATES: Final = (
    _v1("CreateTemplate", Template={"TemplateName": "T", "SubjectPart": "Hi {{name}}", "TextPart": "Hello {{name}}"}),
    _v1("CreateTemplate", "AlreadyExists", Template={"TemplateName": "T", "SubjectPart": "Hi"}),
    _v2("CreateEmailTemplate", "AlreadyExistsException", TemplateName="T", TemplateContent={"Subject": "s"}),
    _v1("GetTemplate", {"Template.[SubjectPart, TextPart]": ["Hi {{name}}", "Hello {{name}}"]}, TemplateName="T"),
    _v1("GetTemplate", "TemplateDoesNotExist", TemplateName="none"),
    _v2("GetEmailTemplate", {"TemplateContent.Subject": "Hi {{name}}"}, TemplateName="T"),
    _v2("GetEmailTemplate", "NotFoundException", TemplateName="none"),
    _v1(
        "TestRenderTemplate",
        {"contains(RenderedTemplate, 'Subject: Hi Bob')": True, "contains(RenderedTemplate, 'Hello Bob')": True},
        TemplateName="T",
        TemplateData='{"name": "Bob"}',
    ),
    _v1("TestRenderTemplate", "MissingRenderingAttribute", TemplateName="T", TemplateData="{}"),
    _v2(
        "TestRenderEmailTemplate",
        {"contains(RenderedTemplate, 'Subject: Hi Bob')": True},
        TemplateName="T",
        TemplateData='{"name": "Bob"}',
    ),
    _v1("TestRenderTemplate", "InvalidRenderingParameter", TemplateName="T", TemplateData="no JSON"),
    _v2("TestRenderEmailTemplate", "BadRequestException", TemplateName="T", TemplateData="no JSON"),
    _v1("UpdateTemplate", Template={"TemplateName": "T", "SubjectPart": "Ho", "TextPart": "x"}),
    _v1("UpdateTemplate", "TemplateDoesNotExist", Template={"TemplateName": "none", "SubjectPart": "Ho"}),
    _v2("UpdateEmailTemplate", TemplateName="T", TemplateContent={"Subject": "He", "Html": "<p>x</p>"}),
    _v2("CreateEmailTemplate", TemplateName="U", TemplateContent={"Subject": "s", "Text": "t"}),
    _v1("ListTemplates", {"TemplatesMetadata[].Name | sort(@)": ["T", "U"]}),
    _v2("ListEmailTemplates", {"TemplatesMetadata[].TemplateName | sort(@)": ["T", "U"]}),
    _v1("DeleteTemplate", TemplateName="U"),
    _v2("DeleteEmailTemplate", TemplateName="T"),
    _v2("DeleteEmailTemplate", "NotFoundException", TemplateName="T"),
    _v2("ListEmailTemplates", {"TemplatesMetadata": []}),
    _v1("VerifyDomainIdentity", Domain="shop.example"),
    _v1("CreateCustomVerificationEmailTemplate", **VERIFICATION),
    _v1("CreateCustomVerificationEmailTemplate", "CustomVerificationEmailTemplateAlreadyExists", **VERIFICATION),
    _v1("GetCustomVerificationEmailTemplate", {"TemplateSubject": "Confirm"}, TemplateName="welcome"),
    _v1("UpdateCustomVerificationEmailTemplate", TemplateName="welcome", TemplateSubject="Please confirm"),
    _v2("GetCustomVerificationEmailTemplate", {"TemplateSubject": "Please confirm"}, TemplateName="welcome"),
    _v2("UpdateCustomVerificationEmailTemplate", **VERIFICATION),
    _v1(
        "ListCustomVerificationEmailTemplates",
        {"CustomVerificationEmailTemplates[].[TemplateName, TemplateSubject]": [["welcome", "Confirm"]]},
    ),
    _v2("ListCustomVerificationEmailTemplates", {"CustomVerificationEmailTemplates[].TemplateName": ["welcome"]}),
    _v1("DeleteCustomVerificationEmailTemplate", TemplateName="welcome"),
    _v2("CreateCustomVerificationEmailTemplate", **VERIFICATION),
    _v2("DeleteCustomVerificationEmailTemplate", TemplateName="welcome"),
    _v2("GetCustomVerificationEmailTemplate", "NotFoundException", TemplateName="welcome"),
    _v1("GetCustomVerificationEmailTemplate", "CustomVerificationEmailTemplateDoesNotExist", TemplateName="welcome"),
)
_TOPIC: Final = {"TopicName": "sales", "DisplayName": "Sales", "DefaultSubscriptionStatus": "OPT_IN"}
CONTACTS: Final = (
    _v2("CreateContactList", ContactListName="customers", Topics=[_TOPIC], Description="All"),
    _v2("CreateContactList", "AlreadyExistsException", ContactListName="customers"),
    _v2(
        "GetContactList",
        {"Description": "All", "Topics[].TopicName": ["sales"]},
        ContactListName="customers",
    ),
    _v2("UpdateContactList", ContactListName="customers", Topics=[_TOPIC], Description="Everybody"),
    _v2("ListContactLists", {"ContactLists[].ContactListName": ["customers"]}),
    _v2(
        "CreateContact",
        ContactListName="customers",
        EmailAddress="bob@b.example",
        TopicPreferences=[{"TopicName": "sales", "SubscriptionStatus": "OPT_OUT"}],
        AttributesData='{"name": "Bob"}',
    ),
    _v2("CreateContact", "AlreadyExistsException", ContactListName="customers", EmailAddress="bob@b.example"),
    _v2("CreateContact", "NotFoundException", ContactListName="none", EmailAddress="bob@b.example"),
    _v2(
        "GetContact",
        {
            "TopicPreferences[].[TopicName, SubscriptionStatus]": [["sales", "OPT_OUT"]],
            "UnsubscribeAll": False,
            "AttributesData": '{"name": "Bob"}',
        },
        ContactListName="customers",
        EmailAddress="bob@b.example",
    ),
    _v2("UpdateContact", ContactListName="customers", EmailAddress="bob@b.example", UnsubscribeAll=True),
    _v2(
        "ListContacts",
        {"Contacts[].[EmailAddress, UnsubscribeAll]": [["bob@b.example", True]]},
        ContactListName="customers",
    ),
    _v2("DeleteContact", ContactListName="customers", EmailAddress="bob@b.example"),
    _v2("GetContact", "NotFoundException", ContactListName="customers", EmailAddress="bob@b.example"),
    _v2("DeleteContactList", ContactListName="customers"),
    _v2("GetContactList", "NotFoundException", ContactListName="customers"),
    _v2("DeleteContactList", "NotFoundException", ContactListName="customers"),
)
ACCOUNT: Final = (
    _v1("GetAccountSendingEnabled", {"Enabled": True}),
    _v1("UpdateAccountSendingEnabled", Enabled=False),
    _v2("GetAccount", {"SendingEnabled": False, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY"}),
    _v1(
        "SendEmail",
        "AccountSendingPausedException",
        Source="ann@a.example",
        Destination=TO,
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    ),
    _v2("PutAccountSendingAttributes", SendingEnabled=True),
    _v1("GetAccountSendingEnabled", {"Enabled": True}),
    _v2("PutAccountDedicatedIpWarmupAttributes", AutoWarmupEnabled=True),
    _v2("PutAccountDetails", MailType="TRANSACTIONAL", WebsiteURL="https://shop.example", UseCaseDescription="Orders"),
    _v2("PutAccountVdmAttributes", VdmAttributes={"VdmEnabled": "ENABLED"}),
    _v2("PutAccountSuppressionAttributes", SuppressedReasons=["BOUNCE"]),
    _v2(
        "GetAccount",
        {
            "SuppressionAttributes.SuppressedReasons": ["BOUNCE"],
            "Details.[MailType, WebsiteURL]": ["TRANSACTIONAL", "https://shop.example"],
            "SendQuota.SentLast24Hours": 0.0,
        },
    ),
    _v2("PutSuppressedDestination", EmailAddress="gone@b.example", Reason="BOUNCE"),
    _v2("GetSuppressedDestination", {"SuppressedDestination.Reason": "BOUNCE"}, EmailAddress="gone@b.example"),
    _v2("ListSuppressedDestinations", {"SuppressedDestinationSummaries[].EmailAddress": ["gone@b.example"]}),
    _v2("ListSuppressedDestinations", {"SuppressedDestinationSummaries": []}, Reasons=["COMPLAINT"]),
    _v2("DeleteSuppressedDestination", EmailAddress="gone@b.example"),
    _v2("GetSuppressedDestination", "NotFoundException", EmailAddress="gone@b.example"),
    _v2("DeleteSuppressedDestination", "NotFoundException", EmailAddress="gone@b.example"),
    _v1("GetSendQuota", {"SentLast24Hours": 0.0}),
)
_SIMPLE: Final = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}
SENDING: Final = (
    _v1("SendRawEmail", "MessageRejected", RawMessage={"Data": MESSAGE}),
    _v1("VerifyDomainIdentity", Domain="shop.example"),
    _v1("SendRawEmail", {"length(MessageId)": 60}, RawMessage={"Data": MESSAGE}),
    _v1("SendEmail", {"length(MessageId)": 60}, Source="ann@shop.example", Destination=TO, Message=_SIMPLE),
    _v1("CreateTemplate", Template={"TemplateName": "T", "SubjectPart": "Hi {{name}}", "TextPart": "Hello"}),
    _v1(
        "SendTemplatedEmail",
        {"length(MessageId)": 60},
        Source="ann@shop.example",
        Destination=TO,
        Template="T",
        TemplateData='{"name": "Bob"}',
    ),
    _v1(
        "SendTemplatedEmail",
        "TemplateDoesNotExist",
        Source="ann@shop.example",
        Destination=TO,
        Template="none",
        TemplateData="{}",
    ),
    _v1(
        "SendBulkTemplatedEmail",
        {"Status[].Status": ["Success", "Success"]},
        Source="ann@shop.example",
        Template="T",
        DefaultTemplateData='{"name": "you"}',
        Destinations=[{"Destination": TO}, {"Destination": TO, "ReplacementTemplateData": '{"name": "Bob"}'}],
    ),
    _v1("CreateCustomVerificationEmailTemplate", **VERIFICATION),
    _v1("SendCustomVerificationEmail", {"length(MessageId)": 60}, EmailAddress="eve@e.example", TemplateName="welcome"),
    _v2("SendCustomVerificationEmail", {"length(MessageId)": 60}, EmailAddress="eva@e.example", TemplateName="welcome"),
    _v2("SendEmail", {"length(MessageId)": 60}, Content={"Raw": {"Data": MESSAGE}}),
    _v2("SendEmail", "NotFoundException", Content={"Raw": {"Data": MESSAGE}}, ConfigurationSetName="nowhere"),
    _v2("SendEmail", "BadRequestException", Content={"Raw": {"Data": b"Subject: a\r\nSubject: b\r\n" + MESSAGE}}),
    _v2(
        "SendBulkEmail",
        {"BulkEmailEntryResults[].Status": ["SUCCESS"]},
        FromEmailAddress="ann@shop.example",
        DefaultContent={"Template": {"TemplateName": "T", "TemplateData": '{"name": "you"}'}},
        BulkEmailEntries=[{"Destination": TO}],
    ),
    _v1("GetSendStatistics", {"SendDataPoints[0].DeliveryAttempts > `5`": True}),
    _v1("GetSendQuota", {"SentLast24Hours > `5`": True}),
)

WALKS: Final = {
    "sets": SETS,
    "identities": IDENTITIES,
    "templates": TEMPLATES,
    "contacts": CONTACTS,
    "account": ACCOUNT,
    "sending": SENDING,
}
