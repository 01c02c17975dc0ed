"""What the Django backend refuses, and what becomes of failures of the API."""

from __future__ import annotations

import socket
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django")

from botocore.exceptions import ClientError, EndpointConnectionError, NoRegionError
from botocore.parsers import ResponseParserError
from django.conf import settings

from sesmime import Refused, SesMimeError, Severity
from sesmime.boto import SesMimeWarning
from tests.django.sites import (
    CAROL,
    RAW,
    SERVICES,
    SHOWN,
    Site,
    Stubbed,
    errors,
    with_attachment,
    with_tags,
    written,
)
from tests.servers import Service, v1_error

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()
ROOT = Path(__file__).parents[2]
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "51 recipients": (lambda: written(bcc=[f"c{n}@d.example" for n in range(50)]), "SES203"),
    "a bad tag": (lambda: with_tags("spring sale"), "SES511"),
    "an attachment that SES blocks": (lambda: with_attachment("setup.exe"), "SES405"),
    "a blind recipient that is no address": (lambda: written(bcc=["nobody"]), "SES207"),
    "a local part beyond ASCII": (lambda: written(bcc=["jörg@d.example"]), "SES207"),
}
BAD = pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=[*REFUSED])


class TestRefusals:
    @SERVICES
    @BAD
    def test_what_ses_is_expected_to_refuse_is_not_sent(
        self, make: Callable[[], Any], code: str, name: str, site: Site
    ) -> None:
        stubbed = Stubbed(name)  # which takes no request
        site.configure(client=stubbed.client)
        message = make()
        with pytest.raises(Refused) as caught:
            message.send()
        assert code in errors(caught.value)
        assert not hasattr(message, "ses_message_id")

    def test_the_refusal_bears_what_is_less_severe_too(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client)
        message = written(headers={"X-SES-CAMPAIGN": "spring"})
        message.ses_tags = {"campaign": "spring sale"}
        with pytest.raises(Refused) as caught:
            message.send()
        assert {"SES511", "SES107"} <= {finding.code for finding in caught.value.report}

    def test_a_message_that_is_too_large_for_v1_goes_by_v2(self, site: Site) -> None:
        # In base64 8 MB are 11 MB; SendRawEmail takes 10 MB (dg/quotas), SendEmail of v2 40 MB.
        message = written()
        message.attach("film.bin", bytes(8_000_000), "application/octet-stream")
        site.configure(client=Stubbed("ses").client)
        with pytest.raises(Refused) as caught:
            site.send(message)
        assert errors(caught.value) == ["SES302"]
        by_v2 = Stubbed("sesv2")
        by_v2.stubber.add_response("send_email", {"MessageId": "0100-2"})
        site.configure(client=by_v2.client)
        assert site.send(message) == 1

    def test_what_is_malformed_in_the_fields_is_refused_whatever_the_settings_say(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client, configuration_set="shop", tags={"campaign": "spring"})
        # By Django 6 such a field cannot be written, before it the check finds it.
        with pytest.raises(SesMimeError):
            written(headers={"X-SES-MESSAGE-TAGS": "campaign=später"}).send()

    def test_a_line_break_in_a_field_is_an_error(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client, lint="off")
        with pytest.raises(ValueError):
            written(subject="Hi\nBcc: e@f.example").send()

    def test_of_several_messages_those_before_the_refused_one_are_sent(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        first, second, third = written(), with_attachment("setup.exe"), written()
        with pytest.raises(Refused):
            site.send(first, second, third)
        stubbed.check()
        assert [hasattr(one, "ses_message_id") for one in (first, second, third)] == [True, False, False]

    def test_a_warning_tells_instead_and_the_message_goes(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL, Tags=[{"Name": "campaign", "Value": "spring sale"}])
        site.configure(client=stubbed.client, lint="warn")
        with pytest.warns(SesMimeWarning, match="^SES511 ") as caught:
            assert with_tags("spring sale").send() == 1
        (warning,) = caught
        assert isinstance(warning.message, SesMimeWarning)
        assert [finding.code for finding in warning.message.report] == ["SES511"]
        stubbed.check()

    def test_switched_off_nothing_is_told_and_the_message_goes(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL, Tags=[{"Name": "campaign", "Value": "spring sale"}])
        site.configure(client=stubbed.client, lint="off")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert with_tags("spring sale").send() == 1
        stubbed.check()

    @pytest.mark.parametrize("level", ["warning", "Warning", Severity.WARNING])
    def test_the_fail_level_says_what_refuses(self, level: Any, site: Site) -> None:
        def misspelt() -> Any:
            return written(headers={"X-SES-CAMPAIGN": "spring"})

        # SES knows no such field: SES107 warns.
        stubbed = Stubbed("ses")
        stubbed.expect(RAW.replace(SHOWN, SHOWN + b"X-SES-CAMPAIGN: spring\r\n"), CAROL)
        site.configure(client=stubbed.client)
        assert misspelt().send() == 1
        stubbed.check()
        site.configure(client=stubbed.client, fail_level=level)
        with pytest.raises(Refused) as caught:
            misspelt().send()
        assert [(one.code, one.severity) for one in caught.value.report] == [("SES107", Severity.WARNING)]

    def test_verified_identities_are_known_to_the_check(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client, verified_identities=["z.example"])
        with pytest.raises(Refused) as caught:
            written().send()
        assert errors(caught.value) == ["SES214"]

    def test_what_is_ignored_does_not_refuse(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL, Tags=[{"Name": "campaign", "Value": "spring sale"}])
        site.configure(client=stubbed.client, ignore=["SES511"])
        assert with_tags("spring sale").send() == 1
        stubbed.check()


class TestFailures:
    def test_an_error_of_ses_comes_through(self, site: Site, service: Service) -> None:
        service.status, service.answer = 400, v1_error("MessageRejected", "Email address is not verified.")
        site.configure(client={"endpoint_url": service.url})
        message = written()
        with pytest.raises(ClientError, match="Email address is not verified"):
            message.send()
        assert not hasattr(message, "ses_message_id")
        assert service.received[0]["message"] == RAW

    def test_silently_each_failure_is_passed_over_and_the_others_go(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.refuse()
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client, fail_silently=True)
        rejected, refused, good = written(), with_attachment("setup.exe"), written()
        assert site.send(rejected, refused, good) == 1
        assert [hasattr(one, "ses_message_id") for one in (rejected, refused, good)] == [False, False, True]
        stubbed.check()

    def test_a_closed_port_is_an_error_or_passed_over(self, site: Site) -> None:
        with socket.socket() as taken:  # bound and not listening: nobody else can have it
            taken.bind(("127.0.0.1", 0))
            client = {"endpoint_url": f"http://127.0.0.1:{taken.getsockname()[1]}"}
            site.configure(client=client)
            with pytest.raises(EndpointConnectionError):
                site.send(written())
            site.configure(client=client, fail_silently=True)
            assert site.send(written()) == 0

    def test_an_answer_that_cannot_be_read_is_an_error_or_passed_over(self, site: Site, service: Service) -> None:
        service.answer = "<html>proxy"
        site.configure(client={"endpoint_url": service.url})
        with pytest.raises(ResponseParserError):
            site.send(written())
        site.configure(client={"endpoint_url": service.url}, fail_silently=True)
        assert site.send(written()) == 0

    def test_a_client_that_cannot_be_made_is_an_error_or_passed_over(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        site.configure()
        with pytest.raises(NoRegionError):
            site.send(written())
        site.configure(fail_silently=True)
        assert site.send(written()) == 0

    def test_without_recipients_or_messages_nothing_is_sent(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client)
        assert site.send() == 0
        assert site.send(written(to=[])) == 0
        assert written(to=[""]).send() == 0

    def test_without_boto3_the_error_says_how_to_get_it(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.configure(fail_silently=True)
        monkeypatch.setitem(sys.modules, "boto3", None)
        with pytest.raises(ImportError) as caught:
            site.send(written())
        assert str(caught.value) == "sesmime.django needs boto3: pip install 'sesmime[boto3]'"

    def test_without_django_the_error_says_how_to_get_it(self) -> None:
        code = "import sys; sys.modules['django'] = None; import sesmime.django"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
        last = done.stderr.splitlines()[-1]
        assert last == "ImportError: sesmime.django needs Django: pip install 'sesmime[django]'"
