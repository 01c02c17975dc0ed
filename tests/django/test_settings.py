"""The settings of the Django backend."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("django")

import boto3
from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from sesmime.django import SesEmailBackend
from tests.django.sites import BACKEND, CAROL, HAS_MAILERS, RAW, TAGS, Site, Stubbed, with_tags, written
from tests.servers import Service

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown key": ({"interfaces": "ses"}, "'interfaces' is not a setting; choose from interface, client,"),
    "an unknown interface": ({"interface": "smtp"}, "interface must be ses or sesv2, not 'smtp'"),
    "no interface at all": ({"interface": ["ses"]}, "interface must be ses or sesv2, not "),
    "an unknown lint": ({"lint": "loud"}, "lint must be one of error, warn, off, not 'loud'"),
    "an unknown level": ({"fail_level": "fatal"}, "fail_level must be error, warning or info, not 'fatal'"),
    "one code": ({"ignore": "SES511"}, "ignore and verified_identities must be lists of str"),
    "no list": ({"verified_identities": 5}, "ignore and verified_identities must be lists of str"),
    "a configuration set that is no text": ({"configuration_set": 5}, "configuration_set must be a str, not int"),
    "tags that are one text": ({"tags": "campaign=spring"}, "message tags must be a list of MessageTag, not str"),
    "tags that are no pairs": (
        {"tags": ["campaign=spring"]},
        "a message tag must be a MessageTag or another pair of str",
    ),
    "a tag without a value": (
        {"tags": {"campaign": None}},
        "a message tag must be a MessageTag or another pair of str",
    ),
    "a client that is none": ({"client": "ses"}, "client must be a dict or a client: client must be a boto3 client"),
}


class TestSettings:
    @pytest.mark.parametrize(("sesmime", "text"), WRONG.values(), ids=[*WRONG])
    def test_what_is_wrong_in_the_settings_is_told_before_a_message_is_there(
        self, sesmime: dict[str, Any], text: str, site: Site
    ) -> None:
        site.configure(**sesmime)
        with pytest.raises(ImproperlyConfigured) as caught:
            site.connection()
        assert str(caught.value).startswith(f"SESMIME: {text}")

    def test_settings_that_are_no_dict_are_wrong(self, site: Site) -> None:
        site.configure(site={"SESMIME": [("lint", "off")]})
        with pytest.raises(ImproperlyConfigured, match="SESMIME must be a dict, not list"):
            site.connection()

    def test_a_client_of_another_service_is_wrong(self, site: Site) -> None:
        site.configure(client=boto3.client("sqs"))
        with pytest.raises(ImproperlyConfigured, match="ses or sesv2, not one of 'sqs'"):
            site.connection()

    def test_an_interface_that_is_not_the_clients_is_wrong(self, site: Site) -> None:
        site.configure(client=boto3.client("ses"), interface="sesv2")
        with pytest.raises(ImproperlyConfigured, match="interface is sesv2, but the client is one for ses"):
            site.connection()

    def test_without_settings_v1_is_used(self, site: Site, monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
        site.configure()
        assert written().send() == 1
        assert service.received[0]["Action"] == "SendRawEmail"

    def test_options_win_over_the_settings(self, site: Site, service: Service) -> None:
        given: dict[str, Any] = {"interface": "sesv2", "configuration_set": "news", "lint": "off", "fail_level": None}
        stored: dict[str, Any] = {"client": {"endpoint_url": service.url}, "configuration_set": "shop", "lint": "error"}
        if HAS_MAILERS:
            mailers = {"default": {"BACKEND": BACKEND}, "news": {"BACKEND": BACKEND, "OPTIONS": given}}
            site.configure(site={"MAILERS": mailers, "SESMIME": stored})
            with_tags("spring sale").send(using="news")
        else:
            site.configure(**stored)
            mail.get_connection(**given).send_messages([with_tags("spring sale")])
        (request,) = service.received
        assert request["ConfigurationSetName"] == "news"
        assert request["EmailTags"] == [{"Name": "campaign", "Value": "spring sale"}]

    @pytest.mark.skipif(not HAS_MAILERS, reason="Django has MAILERS from 6.1 on")
    def test_an_unknown_option_is_told_by_django(self, site: Site) -> None:
        site.configure(site={"MAILERS": {"default": {"BACKEND": BACKEND, "OPTIONS": {"regions": "x"}}}})
        with pytest.raises(mail.InvalidMailer, match="Unknown options 'regions'"):
            site.connection()

    def test_wrong_attributes_of_a_message_are_a_type_error(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client, fail_silently=True)
        for name, value in (("ses_tags", "campaign=spring"), ("ses_tags", 5), ("ses_configuration_set", 5)):
            message = written()
            setattr(message, name, value)
            with pytest.raises(TypeError):
                site.send(message)

    def test_the_backend_can_be_made_by_hand(self) -> None:
        stubbed = Stubbed("sesv2")
        stubbed.expect(RAW, CAROL, Tags=TAGS)
        backend = SesEmailBackend(alias="default", client=stubbed.client, tags={"campaign": "spring"})
        assert backend.send_messages(written() for _ in range(1)) == 1  # any number of them, not a list alone
        stubbed.check()
