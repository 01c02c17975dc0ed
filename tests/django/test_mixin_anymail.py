"""`CheckedMixin` in front of anymail's backend for SES: what anymail makes of a message is checked, not the message."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("django")
pytest.importorskip("anymail")

import boto3
from anymail.backends import amazon_ses, test
from anymail.exceptions import AnymailUnsupportedFeature
from botocore.stub import ANY, Stubber
from django.conf import settings

from sesmime import Refused
from sesmime.django import CheckedMixin
from tests.django.sites import Site, errors, with_attachment, written

pytestmark = [
    pytest.mark.edges,
    pytest.mark.filterwarnings("ignore:Anymail will drop support for fail_silently:DeprecationWarning"),
]
if not settings.configured:
    settings.configure()


class Checked(CheckedMixin, amazon_ses.EmailBackend):
    """anymail's, with the check in front."""


class CheckedTest(CheckedMixin, test.EmailBackend):
    """anymail's for tests, which makes no request of SES."""


BACKEND = f"{__name__}.Checked"


@pytest.fixture
def stubber(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    """Return what stands for SES before anymail's client."""
    client = boto3.client("sesv2", region_name="us-east-1")
    stubbed = Stubber(client)
    stubbed.activate()

    def take_client(self: Checked) -> bool:
        self.client = client
        return True

    monkeypatch.setattr(Checked, "open", take_client)
    monkeypatch.setattr(Checked, "close", lambda self: None)
    return stubbed


def with_attributes(**attributes: Any) -> Any:
    message = written()
    for name, value in attributes.items():
        setattr(message, name, value)
    return message


class TestAnymail:
    def test_a_good_message_goes_as_anymail_sends_it(self, site: Site, stubber: Stubber) -> None:
        site.configure(BACKEND)
        request = {"Content": ANY, "Destination": {"ToAddresses": ["c@d.example"]}}
        stubber.add_response("send_email", {"MessageId": "0100-1"}, request)
        # Its 8-bit text anymail sends in seven bits, and the check sees that.
        assert written(body="Grüße\n").send() == 1
        stubber.assert_no_pending_responses()

    @pytest.mark.parametrize(
        ("attributes", "code"),
        [
            ({"esp_extra": {"EmailTags": [{"Name": "campaign", "Value": "spring sale"}]}}, "SES511"),
            ({"esp_extra": {"ConfigurationSetName": "bad name"}}, "SES504"),
        ],
    )
    def test_what_only_the_request_says_is_refused(
        self, attributes: dict[str, Any], code: str, site: Site, stubber: Stubber
    ) -> None:
        site.configure(BACKEND)
        with pytest.raises(Refused) as caught:
            site.send(written(), with_attributes(**attributes))
        assert code in errors(caught.value)

    def test_a_template_is_checked_as_the_bulk_request_it_becomes(self, site: Site, stubber: Stubber) -> None:
        site.configure(BACKEND)
        message = with_attributes(template_id="welcome", merge_data={}, subject="", body="", extra_headers={})
        result = {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": "0100-1"}]}
        stubber.add_response("send_bulk_email", result)
        assert message.send() == 1
        message.esp_extra = {"DefaultEmailTags": [{"Name": "campaign", "Value": "spring sale"}]}
        with pytest.raises(Refused) as caught:
            message.send()
        assert errors(caught.value) == ["SES511"]

    def test_silently_the_refused_are_left_out(self, site: Site, stubber: Stubber) -> None:
        site.configure(BACKEND, fail_silently=True)
        stubber.add_response("send_email", {"MessageId": "0100-1"})
        assert site.send(with_attachment("setup.exe"), written()) == 1
        stubber.assert_no_pending_responses()

    def test_what_anymail_refuses_itself_comes_through(self, site: Site, stubber: Stubber) -> None:
        site.configure(BACKEND)
        with pytest.raises(AnymailUnsupportedFeature):
            with_attributes(track_opens=True).send()

    def test_in_front_of_another_of_anymails_the_message_is_checked(self, site: Site) -> None:
        site.configure(f"{__name__}.CheckedTest")
        assert written().send() == 1
        with pytest.raises(Refused):
            with_attachment("setup.exe").send()
