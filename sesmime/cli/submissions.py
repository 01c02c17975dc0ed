"""A submission that a command is about: a raw message with the settings of the options, or the JSON of a request."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from typing import Any

from sesmime.cli.arguments import add_settings, no_raw_message, parameters
from sesmime.cli.files import CommandError, add_message, read_message, shown_name
from sesmime.cli.inputs import is_request, read_request
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters


def add_submission(parser: argparse.ArgumentParser) -> None:
    """Add the message or request, the interface and the settings."""
    add_message(parser)
    add_settings(parser)
    parser.set_defaults(interface=None)


def read_submission(arguments: argparse.Namespace) -> Submission[Any]:
    """Return the submission that the arguments of `add_submission` say; of a request the options overrule a part.

    Raises CommandError for what cannot be read, and for a setting that the interface does not have.
    """
    data, name = read_message(arguments.file), shown_name(arguments.file)
    if is_request(data) and not name.lower().endswith(".eml"):
        request = read_request(data, name, arguments.interface)
        given = parameters(_with_interface(arguments, request.interface))
        names = [one.name for one in fields(ApiParameters)]
        overruling = {name: value for name in names if (value := getattr(given, name)) is not None}
        return replace(request, parameters=replace(request.parameters, **overruling))
    interface = arguments.interface or Interface.SEND_RAW_EMAIL
    if not interface.is_raw:
        raise CommandError(no_raw_message(interface))
    return Submission(data, parameters(_with_interface(arguments, interface)), interface)


def _with_interface(arguments: argparse.Namespace, interface: Interface) -> argparse.Namespace:
    return argparse.Namespace(**(vars(arguments) | {"interface": interface}))
