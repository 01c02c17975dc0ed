"""What a shop sends, written for anymail."""

from anymail.exceptions import AnymailAPIError
from anymail.exceptions import AnymailCancelSend
from anymail.signals import pre_send
from anymail.signals import post_send
from django.core.mail import EmailMultiAlternatives
from django.dispatch import receiver

BLOCKED = {"blocked@example.net"}
SENT = {}


@receiver(pre_send)
def spare_the_blocked(sender, message, **kwargs):
    message.to = [address for address in message.to if address not in BLOCKED]
    if not message.recipients():
        raise AnymailCancelSend


@receiver(post_send)
def remember(sender, message, status, esp_name, **kwargs):
    for address, recipient in status.recipients.items():
        SENT[address] = (recipient.status, recipient.message_id, esp_name)


def send_welcome(address, order):
    message = EmailMultiAlternatives("Welcome", "Grüße aus Köln\n", None, [address], bcc=["archive@bluebird.example"])
    message.attach_alternative("<p>Grüße aus Köln</p>", "text/html")
    message.tags = ["welcome"]
    message.metadata = {"order": order}
    message.envelope_sender = "bounces@bluebird.example"
    message.esp_extra = {"EmailTags": [{"Name": "campaign", "Value": "spring"}]}
    try:
        count = message.send()
    except AnymailAPIError:
        return None
    return message.anymail_status.message_id if count else ""


def send_news(names):
    message = EmailMultiAlternatives("", "", None, [*names])
    message.template_id = "news"
    message.merge_data = {address: {"name": name} for address, name in names.items()}
    message.merge_global_data = {"shop": "Bluebird"}
    message.metadata = {"issue": 7}
    message.send()
    return message.anymail_status
