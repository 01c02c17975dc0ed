"""The tests of the shop: what reaches Amazon, whichever backend sends it."""

import email
import json
from email.policy import default
from unittest import TestCase, mock

import django
from botocore.exceptions import ClientError

django.setup()

import shop


class Amazon:
    """Stands where boto3 calls the API; keeps the requests."""

    def __init__(self):
        self.requests = []
        self.error = None

    def __call__(self, client, operation, request):
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "no"}}, operation)
        self.requests.append((client.meta.service_model.service_name, client.meta.region_name, operation, request))
        if operation == "SendBulkEmail":
            results = [{"Status": "SUCCESS", "MessageId": f"0100-{n}"} for n, _ in enumerate(request["BulkEmailEntries"])]
            return {"BulkEmailEntryResults": results}
        return {"MessageId": "0100-1"}


class ShopTest(TestCase):
    def setUp(self):
        self.amazon = Amazon()
        call = lambda client, operation, request: self.amazon(client, operation, request)
        patch = mock.patch("botocore.client.BaseClient._make_api_call", call)
        patch.start()
        self.addCleanup(patch.stop)
        shop.SENT.clear()

    def test_welcome(self):
        self.assertEqual(shop.send_welcome("jonas.weber@example.net", 42), "0100-1")
        ((service, region, operation, request),) = self.amazon.requests
        self.assertEqual((service, region, operation), ("sesv2", "eu-west-1", "SendEmail"))
        self.assertEqual(request["ConfigurationSetName"], "shop")
        self.assertEqual(request["FeedbackForwardingEmailAddress"], "bounces@bluebird.example")
        self.assertEqual(
            request["Destination"],
            {"ToAddresses": ["jonas.weber@example.net"], "BccAddresses": ["archive@bluebird.example"]},
        )
        self.assertIn({"Name": "campaign", "Value": "spring"}, request["EmailTags"])
        message = email.message_from_bytes(request["Content"]["Raw"]["Data"], policy=default)
        self.assertEqual(message["From"], "Bluebird <orders@bluebird.example>")
        self.assertEqual(message.get_all("X-Tag"), ["welcome"])
        self.assertEqual(json.loads(message["X-Metadata"]), {"order": 42})
        self.assertNotIn("Bcc", message)
        plain, html = message.iter_parts()
        self.assertEqual(plain["Content-Transfer-Encoding"], "quoted-printable")
        self.assertEqual(plain.get_content().strip(), "Grüße aus Köln")
        self.assertEqual(html.get_content().strip(), "<p>Grüße aus Köln</p>")

    def test_signals(self):
        shop.send_welcome("jonas.weber@example.net", 42)
        self.assertEqual(shop.SENT["jonas.weber@example.net"], ("queued", "0100-1", "Amazon SES"))

    def test_blocked(self):
        with mock.patch("shop.EmailMultiAlternatives.recipients", lambda self: self.to):
            self.assertEqual(shop.send_welcome("blocked@example.net", 42), "")
        self.assertEqual(self.amazon.requests, [])

    def test_refused(self):
        self.amazon.error = "MessageRejected"
        self.assertIsNone(shop.send_welcome("jonas.weber@example.net", 42))

    def test_news(self):
        status = shop.send_news({"jonas.weber@example.net": "Jonas", "lea@example.org": "Léa"})
        ((_, _, operation, request),) = self.amazon.requests
        self.assertEqual(operation, "SendBulkEmail")
        self.assertEqual(request["DefaultContent"]["Template"]["TemplateName"], "news")
        self.assertEqual(json.loads(request["DefaultContent"]["Template"]["TemplateData"]), {"shop": "Bluebird"})
        first, second = request["BulkEmailEntries"]
        self.assertEqual(first["Destination"], {"ToAddresses": ["jonas.weber@example.net"]})
        data = second["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]
        self.assertEqual(json.loads(data)["name"], "Léa")
        self.assertEqual(second["ReplacementHeaders"], [{"Name": "X-Metadata", "Value": '{"issue": 7}'}])
        self.assertEqual(status.recipients["lea@example.org"].message_id, "0100-1")
