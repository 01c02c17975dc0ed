"""What a shop sends, written for django-ses."""

from django.core.mail import EmailMessage
from django.dispatch import receiver
from django_ses.signals import message_sent

SENT = []


@receiver(message_sent)
def remember(sender, message, **kwargs):
    SENT.append(message.extra_headers["message_id"])


def send(subject, address, **more):
    message = EmailMessage(subject, "Hello\n", None, [address], bcc=["archive@bluebird.example"], **more)
    message.send()
    return message
