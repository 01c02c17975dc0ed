"""The lift by itself: what leaves, what is written, what the parameters become."""

from __future__ import annotations

import pickle

import pytest

from sesmime import ApiParameters, Destination, Interface, MessageTag
from sesmime.errors import InvalidSetting
from sesmime.handover.lift import fields_read, lift, unlifted
from sesmime.mime.fields import parse_header_section
from sesmime.ses.fields import SES_FIELDS

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
RAW = (V1, V2, SMTP)
HEAD = (
    b"From: a@b.example\r\nTo: Joe <c@d.example>, c@D.example\r\nBcc: e@f.example\r\n"
    b"X-SES-CONFIGURATION-SET: shop\r\nX-SES-MESSAGE-TAGS: a=1\r\n\r\n"
)

_ARN = "arn:aws:ses:eu-west-1:123456789012:identity/a.example"
# A body for each form that a field may have.
BODIES = ("shop", "a=1", _ARN, "Weekly; topic=Offers")


def body_of(setting: str) -> str:
    """Return a body that the field of a setting may have."""
    return next(body for body in BODIES if SES_FIELDS[setting].read(body) is not None)


@pytest.mark.parametrize("interface", RAW)
def test_a_lift_changes_nothing_that_was_given(interface: Interface) -> None:
    section, parameters = parse_header_section(HEAD), ApiParameters(source="a@b.example")
    lifted = lift(section, parameters, interface)
    assert (parameters, section.fields) == (ApiParameters(source="a@b.example"), parse_header_section(HEAD).fields)
    assert lift(section, parameters, interface) == lifted
    assert pickle.loads(pickle.dumps(lifted)) == lifted
    with pytest.raises(AttributeError):
        lifted.removed = ()  # type: ignore[misc]


def test_for_an_api_the_fields_become_parameters_and_leave() -> None:
    lifted = lift(parse_header_section(HEAD), ApiParameters(), V1)
    assert lifted.parameters == ApiParameters(
        configuration_set="shop",
        message_tags=(MessageTag("a", "1"),),
        destination=Destination(to=("c@d.example",), bcc=("e@f.example",)),
    )
    assert lifted.applied_to(HEAD) == HEAD[: HEAD.index(b"Bcc")] + b"\r\n"
    assert [field.name for field in lifted.blind] == ["Bcc"]


def test_for_smtp_the_parameters_become_fields() -> None:
    head = b"To: c@d.example\nX-SES-TENANT: old\n\n"
    lifted = lift(parse_header_section(head), ApiParameters(tenant="new", configuration_set="shop"), SMTP)
    assert lifted.parameters == ApiParameters(destination=Destination(to=("c@d.example",)))
    assert lifted.applied_to(head) == b"To: c@d.example\nX-SES-TENANT: new\nX-SES-CONFIGURATION-SET: shop\n\n"


def test_a_setting_that_no_field_can_say_is_refused_when_it_is_written() -> None:
    lifted = lift(parse_header_section(HEAD), ApiParameters(tenant="a b"), SMTP)
    with pytest.raises(InvalidSetting, match="tenant"):
        lifted.applied_to(HEAD)


@pytest.mark.parametrize("interface", RAW)
def test_without_a_lift_head_and_parameters_are_the_given_ones(interface: Interface) -> None:
    given = ApiParameters(source="a@b.example")
    lifted = unlifted(parse_header_section(HEAD), given, interface)
    assert lifted.parameters is given
    assert lifted.applied_to(HEAD) == HEAD
    assert not lifted.removed


@pytest.mark.parametrize("interface", [V1, V2])
@pytest.mark.parametrize("setting", SES_FIELDS)
def test_a_field_leaves_exactly_where_a_parameter_says_it(setting: str, interface: Interface) -> None:
    head = f"{SES_FIELDS[setting].name}: {body_of(setting)}\r\n\r\n".encode()
    section = parse_header_section(head)
    lifted = fields_read(section, unlifted(section, ApiParameters(), interface), interface)
    has_parameter = setting in interface.row.parameters
    assert lifted.removed == (section.fields if has_parameter else ())
    assert getattr(lifted.parameters, setting) == (
        SES_FIELDS[setting].read(body_of(setting)) if has_parameter else None
    )
