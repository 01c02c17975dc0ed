"""The system check of the settings, as `manage.py check` runs it; and the settings that it checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django")

import boto3
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import override_settings

from sesmime.django.checks import check_settings
from sesmime.django.settings import OPTIONS, read_options
from tests.django.sites import BACKEND, CAROL, HAS_MAILERS, RAW, SERVICES, TAGS, Site, Stubbed, written

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()
ROOT = Path(__file__).parents[2]
ARN = "arn:aws:ses:eu-west-1:123456789012:identity/a.example"
# A right value of each option, and a wrong one.
VALUES: dict[str, tuple[Any, Any]] = {
    "interface": ("ses", "smtp"),
    "client": ({"use_ssl": True}, "ses"),
    "session": ({"region_name": "eu-west-1"}, "shop"),
    "profile": ("shop", 5),
    "role": ("arn:aws:iam::123456789012:role/mailer", {"ExternalId": "shop"}),
    "region": ("eu-west-1", 5),
    "endpoint_url": ("http://127.0.0.1:1", 5),
    "configuration_set": (lambda message: "shop", 5),
    "tags": (lambda message: {"campaign": "spring"}, "campaign=spring"),
    "message_tag_name": ("campaign", ["campaign"]),
    "source_arn": (ARN, 5),
    "from_arn": (ARN, 5),
    "return_path_arn": (ARN, 5),
    "feedback_address": ("bounces@a.example", ["bounces@a.example"]),
    "tenant": ("acme", 5),
    "endpoint_id": ("abc.xyz", 5),
    "rate_limit": ("account", 0),
    "note_in_headers": (True, "yes"),
    "lint": ("warn", "loud"),
    "fail_level": ("warning", "fatal"),
    "ignore": (["SES511"], "SES511"),
    "verified_identities": (["a.example"], iter(["a.example"])),
}


def told(**sesmime: Any) -> list[str]:
    with override_settings(SESMIME=sesmime):
        return [str(one.msg) for one in check_settings()]


class TestCheck:
    def test_the_values_here_are_for_all_options(self) -> None:
        assert [*VALUES] == [*OPTIONS]

    @pytest.mark.parametrize("option", VALUES)
    def test_a_right_value_is_taken_and_a_wrong_one_is_told_twice(self, option: str) -> None:
        right, wrong = VALUES[option]
        service = {"interface": "sesv2"} if option in ("tenant", "endpoint_id") else {}
        assert told(**{**service, option: right}) == []
        found = told(**{option: wrong})
        assert len(found) == 1
        assert option in found[0]
        with override_settings(SESMIME={option: wrong}), pytest.raises(ImproperlyConfigured, match=option):
            read_options({})

    def test_everything_wrong_is_told_at_once(self) -> None:
        found = told(interfaces="ses", region=5, tags="x", events=[])
        assert [text.split(": ")[1].split()[0] for text in found] == ["'interfaces'", "region", "message", "events"]

    @pytest.mark.parametrize(
        ("sesmime", "text"),
        [
            ({"tenant": "acme"}, "tenant is no parameter of ses.SendRawEmail: the API v2 has it"),
            ({"interface": "sesv2", "from_arn": ARN}, "from_arn is no parameter of sesv2.SendEmail.Raw: pass it as"),
            ({"region": "a", "client": {"region_name": "b"}}, "region is given twice: as region and in client"),
            ({"profile": "a", "session": boto3.Session(region_name="x")}, "profile and a session do not go together"),
        ],
    )
    def test_settings_that_do_not_go_together_are_told(self, sesmime: dict[str, Any], text: str) -> None:
        (found,) = told(**sesmime)
        assert found.startswith(f"SESMIME: {text}")

    def test_a_client_has_its_own_region(self) -> None:
        assert told(client=Stubbed("ses").client) == []
        (found,) = told(client=Stubbed("ses").client, region="eu-west-1")
        assert found == "SESMIME: region and a client do not go together: the client has its own"

    def test_options_of_mailers_are_checked_with_the_settings(self) -> None:
        mailers = {
            "default": {"BACKEND": BACKEND, "OPTIONS": {"regions": "x", "interface": "ses", "fail_silently": True}},
            "other": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend", "OPTIONS": {"regions": "x"}},
            "absent": {"BACKEND": "nowhere.Backend"},
        }
        with override_settings(SESMIME={"interface": "sesv2", "tenant": "acme"}, MAILERS=mailers):
            found = [(one.id, str(one.msg)[:60]) for one in check_settings()]
        assert found == [
            ("sesmime.E002", "MAILERS['default']: 'regions' is not an option; choose from "),
            ("sesmime.E002", "MAILERS['default']: tenant is no parameter of ses.SendRawEmai"[:60]),
        ]

    def test_settings_of_the_backend_before_are_told(self, site: Site) -> None:
        before = {
            "AWS_SES_CONFIGURATION_SET": "shop",
            "ANYMAIL": {"AMAZON_SES_CONFIGURATION_SET_NAME": "shop", "WEBHOOK_SECRET": "a:b"},
        }
        site.configure(site=before)
        assert [(one.id, one.msg, one.hint) for one in check_settings()] == [
            (
                "sesmime.W001",
                "AWS_SES_CONFIGURATION_SET is not read by sesmime",
                'set SESMIME["configuration_set"]; see `sesmime help django-ses`',
            ),
            (
                "sesmime.W001",
                "ANYMAIL['AMAZON_SES_CONFIGURATION_SET_NAME'] is not read by sesmime",
                "see `sesmime help anymail`",
            ),
        ]
        site.configure("django.core.mail.backends.locmem.EmailBackend", site=before)
        assert check_settings() == []

    @pytest.mark.parametrize(("sesmime", "code"), [({"region": "eu-west-1"}, 0), ({"regions": "x"}, 1)])
    def test_manage_check_tells_it(self, sesmime: dict[str, Any], code: int, tmp_path: Path) -> None:
        mail = f'MAILERS = {{"default": {{"BACKEND": "{BACKEND}"}}}}' if HAS_MAILERS else f'EMAIL_BACKEND = "{BACKEND}"'
        site = f'SECRET_KEY = "x"\nUSE_TZ = True\nINSTALLED_APPS = ["sesmime.django"]\n{mail}\nSESMIME = {sesmime!r}\n'
        (tmp_path / "site_settings.py").write_text(site)
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}", "PYTHONWARNINGS": "error"}
        done = subprocess.run(
            [sys.executable, "-m", "django", "check", "--settings", "site_settings"],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert done.returncode == code, done.stderr
        assert ("(sesmime.E001) SESMIME: 'regions' is not a setting" in done.stderr) is bool(code)


class TestParameters:
    @SERVICES
    def test_functions_give_configuration_set_and_tags_of_a_message(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW, CAROL, Tags=TAGS, ConfigurationSetName="to-1")
        stubbed.expect(RAW, CAROL, ConfigurationSetName="own")
        site.configure(
            client=stubbed.client,
            configuration_set=lambda message: f"to-{len(message.to)}",
            tags=lambda message: None if hasattr(message, "ses_configuration_set") else {"campaign": "spring"},
        )
        assert written().send() == 1
        message = written()
        message.ses_configuration_set = "own"
        assert message.send() == 1
        stubbed.check()

    def test_arns_and_the_feedback_address_by_v1(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL, Source="bounces@a.example", SourceArn=ARN, FromArn=ARN, ReturnPathArn=ARN, Tags=TAGS)
        arns: dict[str, Any] = dict.fromkeys(("source_arn", "from_arn", "return_path_arn"), ARN)
        site.configure(client=stubbed.client, feedback_address="bounces@a.example", tags={"campaign": "spring"}, **arns)
        assert written().send() == 1
        stubbed.check()

    def test_arns_tenant_and_the_feedback_address_by_v2(self, site: Site) -> None:
        stubbed = Stubbed("sesv2")
        stubbed.expect(
            RAW,
            CAROL,
            FromEmailAddressIdentityArn=ARN,
            FeedbackForwardingEmailAddressIdentityArn=ARN,
            FeedbackForwardingEmailAddress="bounces@a.example",
            TenantName="acme",
        )
        site.configure(
            client=stubbed.client,
            feedback_address="bounces@a.example",
            source_arn=ARN,
            return_path_arn=ARN,
            tenant="acme",
        )
        assert written().send() == 1
        stubbed.check()

    def test_an_endpoint_of_several_regions_is_a_parameter(self, site: Site) -> None:
        # botocore needs its extra `crt` to send by one.
        site.configure(interface="sesv2", endpoint_id="abc.xyz")
        assert read_options({}).defaults_for(written()).endpoint_id == "abc.xyz"
