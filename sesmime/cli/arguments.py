"""Arguments that several commands share, and what they say as API parameters."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from typing import Any

from sesmime.cli.files import CommandError
from sesmime.errors import InvalidAddress, InvalidSetting, quoted
from sesmime.mime.addresses import format_addresses, parse_addresses
from sesmime.ses.fields import SES_FIELDS, FieldKind, ListManagement
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination, unsupported_settings
from sesmime.ses.tags import MessageTag, tag_fault


def interface(text: str) -> Interface:
    """Read an interface: a short name, or a full one such as sesv2.SendEmail.Raw."""
    try:
        return Interface.of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _interface_or_all(text: str) -> Interface | str:
    return text if text == "all" else interface(text)


def positive(text: str) -> int:
    """Read a number of at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{quoted(text, 60)} is not a number of at least 1")
    return int(text)


def job_count(text: str) -> int:
    """Read a number of processes: at least 1, or `auto`, one for each processor that this process may use."""
    return processors() if text == "auto" else positive(text)


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def no_raw_message(interface: Interface) -> str:
    """Say that an interface accepts only parameters."""
    return f"{interface.value} does not accept a raw message; use --interface ses, sesv2 or smtp"


def any_message_tag(text: str) -> MessageTag:
    """Read NAME=VALUE, whatever they are made of."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{quoted(text, 60)} is not a message tag; write NAME=VALUE")
    return MessageTag(name, value)


def message_tag(text: str) -> MessageTag:
    """Read NAME=VALUE. What SES is expected to refuse even as a parameter is wrong usage."""
    tag = any_message_tag(text)
    fault = tag_fault(tag)
    if fault is not None and fault.name != "dotted-tag-value":
        raise argparse.ArgumentTypeError(f"{quoted(text, 60)}: {fault.reason}")
    return tag


def add_settings(
    parser: argparse.ArgumentParser,
    *,
    tag: Callable[[str], MessageTag] = message_tag,
    has_all: bool = False,
) -> None:
    """Add the interface and the settings; `tag` reads a message tag; with `has_all` the interface may be "all"."""
    parser.add_argument(
        "--interface",
        type=_interface_or_all if has_all else interface,
        default=Interface.SEND_RAW_EMAIL,
        metavar="NAME",
        help="how the message is sent to SES: ses (SendRawEmail, the default), sesv2 (SendEmail with raw content),"
        " smtp, or a full name such as sesv2.SendEmail.Raw"
        + ("; all: with each that accepts a raw message" if has_all else ""),
    )
    group = parser.add_argument_group("settings", "These take precedence over the fields of the message.")
    add = group.add_argument
    add_ses_fields(group, SES_FIELDS, tag=tag)
    add("--source", metavar="ADDRESS", help="the sender: Source, FromEmailAddress or MAIL FROM")
    add(
        "--to",
        action="append",
        metavar="ADDRESS",
        help="a recipient (*); only the recipients given here receive the message",
    )
    add("--cc", action="append", metavar="ADDRESS", help="a recipient in Cc (*)")
    add("--bcc", action="append", metavar="ADDRESS", help="a recipient in Bcc (*)")


def add_ses_fields(
    group: argparse._ArgumentGroup, settings: Iterable[str], *, tag: Callable[[str], MessageTag] = message_tag
) -> None:
    """Add an option for each of some settings that SES fields may say."""
    for row in map(SES_FIELDS.__getitem__, settings):
        option, dest = ses_option(row.setting), row.setting
        if row.kind is FieldKind.TAGS:
            group.add_argument(
                option, dest=dest, action="append", type=tag, metavar="NAME=VALUE", help=f"{row.title} (*)"
            )
        else:
            metavar = "ARN" if row.kind is FieldKind.ARN else "NAME"
            group.add_argument(option, dest=dest, metavar=metavar, help=row.title)
        if row.kind is FieldKind.LIST:
            group.add_argument("--topic", metavar="NAME", help="the topic of that list")


SETTINGS_EPILOG = "(*) can be given more than once."


def parameters(arguments: argparse.Namespace, *, lifting: bool = False) -> ApiParameters:
    """Return what the arguments of `add_settings` say.

    Raises CommandError for values that have not the form, and for what the interface has no place for; with `lifting`
    the settings that are fields have one over SMTP.
    """
    names = [tag.name for tag in arguments.message_tags or ()]
    for name in names:
        if names.count(name) > 1:
            raise CommandError(f"--tag: {name} is given more than once")
    given = _parameters(arguments, _mailbox)
    for setting, row in SES_FIELDS.items():
        value = getattr(given, setting)
        if value is not None and setting != "message_tags":
            try:
                row.write(value)
            except InvalidSetting as error:
                raise CommandError(
                    f"{ses_option(setting)}: {quoted(str(error.value), 100)} is not {row.form}"
                ) from None
    for unsupported in unsupported_settings(given, arguments.interface):
        if not (lifting and arguments.interface is Interface.SMTP and unsupported.setting in SES_FIELDS):
            raise CommandError(f"{ses_option(unsupported.setting)}: {unsupported}")
    return given


def unchecked_parameters(arguments: argparse.Namespace) -> ApiParameters:
    """Return what the arguments of `add_settings` say, right or wrong, for the linter to say what is wrong."""
    return _parameters(arguments, lambda option, text: text)


def _parameters(arguments: argparse.Namespace, mailbox: Callable[[str, str], str]) -> ApiParameters:
    """Return what the arguments say; `mailbox` takes an option and a text and gives its address."""
    settings = ses_settings(arguments)
    lists = {name: getattr(arguments, name, None) or () for name in ("to", "cc", "bcc")}
    if any(lists.values()):
        given = (_addresses(f"--{name}", texts, mailbox) for name, texts in lists.items())
        settings["destination"] = Destination(*given)
    source = getattr(arguments, "source", None)
    return ApiParameters(source=None if source is None else mailbox("--source", source), **settings)


def ses_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the options of `add_ses_fields` say, by setting; an option that a command has not is not given.

    Raises CommandError for a topic without its list.
    """
    topic = getattr(arguments, "topic", None)
    settings: dict[str, Any] = {}
    for setting, row in SES_FIELDS.items():
        value = getattr(arguments, setting, None)
        if row.kind is FieldKind.LIST:
            if topic is not None and value is None:
                raise CommandError("--topic needs --list")
            value = None if value is None else ListManagement(value, topic)
        settings[setting] = (value or None) if row.kind is FieldKind.TAGS else value
    return settings


def ses_option(setting: str) -> str:
    """Return the option that gives a setting."""
    others = {"message_tags": "--tag", "list_management": "--list", "destination": "--to"}
    return others.get(setting) or "--" + setting.replace("_", "-")


def _addresses(option: str, given: Iterable[str] | None, mailbox: Callable[[str, str], str]) -> tuple[str, ...]:
    """Return bare addresses one by one; an argument may hold a list of them."""
    found: list[str] = []
    for text in given or ():
        addresses = parse_addresses(text)
        if len(addresses) > 1 and not addresses.defects:
            found.extend(mailbox(option, address.address) for address in addresses)
        else:
            written = mailbox(option, text)
            found.append(addresses[0].address if len(addresses) == 1 and not addresses.defects else written)
    return tuple(found)


def _mailbox(option: str, text: str) -> str:
    """Return one address, with or without display name, as SES takes it."""
    try:
        return format_addresses([text])
    except InvalidAddress as error:
        raise CommandError(f"{option}: {error}") from None
