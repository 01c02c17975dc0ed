"""Django: signals before and after a message is sent, with the arguments of anymail's.

    from django.dispatch import receiver
    from sesmime.django.signals import CancelSend, post_send, pre_send

    @receiver(pre_send)
    def spare_the_blocked(sender, message, **kwargs):
        message.to = [one for one in message.to if not is_blocked(one)]
        if not message.recipients():
            raise CancelSend

`pre_send` may change the message; CancelSend leaves it out, and what else a receiver raises comes through. `post_send`
comes after SES has accepted a message, with its `status`; what its receivers raise is logged, by Django, and does not
come through, for the message is sent. The sender is the class of the backend.
"""

from __future__ import annotations

from django.dispatch import Signal


class CancelSend(Exception):
    """A receiver of `pre_send` raises it to have the message left out: nothing is sent, and nothing fails."""


# With `message` and `esp_name`.
pre_send = Signal()
# With `message`, `status`, a SendStatus, and `esp_name`.
post_send = Signal()
