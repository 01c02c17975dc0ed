"""The tests of the shop: what reaches Amazon, whichever backend sends it."""

import email
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
        if operation == "GetAccount":
            return {"SendQuota": {"MaxSendRate": 14.0, "Max24HourSend": 50000.0, "SentLast24Hours": 0.0}}
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "no"}}, operation)
        self.requests.append((client.meta.service_model.service_name, client.meta.region_name, operation, request))
        return {"MessageId": "0100-1", "ResponseMetadata": {"RequestId": "7"}}


class ShopTest(TestCase):
    def setUp(self):
        self.amazon = Amazon()
        call = lambda client, operation, request: self.amazon(client, operation, request)
        patch = mock.patch("botocore.client.BaseClient._make_api_call", call)
        patch.start()
        self.addCleanup(patch.stop)
        shop.SENT.clear()

    def sent(self):
        ((service, region, operation, request),) = self.amazon.requests
        self.assertEqual((service, region, operation), ("sesv2", "eu-west-1", "SendEmail"))
        return request, email.message_from_bytes(request["Content"]["Raw"]["Data"], policy=default)

    def configuration_set(self):
        request, message = self.sent()
        return request.get("ConfigurationSetName") or message["X-SES-CONFIGURATION-SET"]

    def test_a_message(self):
        message = shop.send("Order 42", "jonas.weber@example.net")
        self.assertEqual(message.extra_headers["message_id"], "0100-1")
        self.assertEqual(message.extra_headers["request_id"], "7")
        self.assertEqual(message.extra_headers["status"], 200)
        request, found = self.sent()
        recipients = [address for some in request["Destination"].values() for address in some]
        self.assertEqual(recipients, ["jonas.weber@example.net", "archive@bluebird.example"])
        self.assertEqual(request["FeedbackForwardingEmailAddress"], "bounces@bluebird.example")
        self.assertTrue(request["FromEmailAddressIdentityArn"].endswith(":identity/bluebird.example"))
        self.assertEqual(found["From"], "Bluebird <orders@bluebird.example>")
        self.assertEqual(found["Subject"], "Order 42")
        self.assertNotIn("Bcc", found)
        self.assertEqual(found.get_content().strip(), "Hello")

    def test_configuration_set(self):
        shop.send("Order 42", "jonas.weber@example.net")
        self.assertEqual(self.configuration_set(), "shop")

    def test_configuration_set_by_message(self):
        shop.send("News of May", "jonas.weber@example.net")
        self.assertEqual(self.configuration_set(), "news")

    def test_configuration_set_in_the_headers(self):
        shop.send("News", "jonas.weber@example.net", headers={"X-SES-CONFIGURATION-SET": "own"})
        self.assertEqual(self.configuration_set(), "own")

    def test_signal(self):
        shop.send("Order 42", "jonas.weber@example.net")
        self.assertEqual(shop.SENT, ["0100-1"])

    def test_refused(self):
        self.amazon.error = "MessageRejected"
        with self.assertRaises(ClientError):
            shop.send("Order 42", "jonas.weber@example.net")
        self.assertEqual(shop.SENT, [])
