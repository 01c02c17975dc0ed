"""pytest: fixtures for what is sent (`ses_outbox`, `ses_events`, `assert_ses_ok`) and to send to (`local_ses`,
`strict_ses`), the marker `ses`, the options, and diffs of mail.

All that works stands in `sesmime.testing` and `sesmime.local`, which are loaded when a test or an option asks for them:
a project that does not ask pays for this file alone, and nothing changes in it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from sesmime.linter.findings import Report
    from sesmime.local import LocalSes, Options, StrictSes
    from sesmime.ses.settings import ApiParameters
    from sesmime.testing import Checks, EventMaker, Outbox, Sent

_INTERFACES: Final = "ses, sesv2, smtp or a full name such as sesv2.SendEmail.Raw"
_LEVELS: Final = "error, warning or info"

# The options of the configuration: each with the form in which pytest reads it.
INI_OPTIONS: Final = (
    ("ses_interface", "string", f"the interface for messages that do not name one: {_INTERFACES} (default: ses)"),
    ("ses_level", "string", f"the lowest level of findings that fails a test: {_LEVELS} (default: error)"),
    ("ses_select", "args", "the rules to run, as codes or prefixes of codes (default: SES RFC SEC)"),
    ("ses_ignore", "args", "the rules to skip, as codes or prefixes of codes"),
    ("ses_verified_identities", "args", "the domains and addresses that are verified in SES"),
    ("ses_autolint", "bool", "check what every test sends, even if the test does not ask for it"),
)
# The options of the command line: name, what it takes, text.
COMMAND_LINE_OPTIONS: Final = (
    ("--ses-save", "FOLDER", "write each message that a test sends into a folder, as .eml, with its report as .txt"),
)
MARKER: Final = (
    "ses(interface=None, level=None, select=None, ignore=(), autolint=None): how the messages of a test are checked for"
    " Amazon SES, overriding the configuration (sesmime)"
)
_MARKER_NAMES: Final = ("interface", "level", "select", "ignore")

# What would lead an SDK elsewhere than to the endpoint that the fixture names.
_LEADING_ELSEWHERE: Final = (
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
)

_CHECKS: Final = pytest.StashKey["Checks | None"]()
_AUTOLINT: Final = pytest.StashKey[bool]()
_WATCHING: Final = pytest.StashKey["tuple[ExitStack, Outbox]"]()
_TOLD: Final = pytest.StashKey[str]()
_SAVED: Final = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the options of the configuration and of the command line."""
    group = parser.getgroup("sesmime", "sesmime: mail for Amazon SES")
    for option, value, text in COMMAND_LINE_OPTIONS:
        group.addoption(option, metavar=value, default=None, help=text)
    for name, kind, text in INI_OPTIONS:
        parser.addini(name, f"sesmime: {text}", type=kind, default=None)  # type: ignore[arg-type]


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, and refuse wrong options before any test runs."""
    config.addinivalue_line("markers", MARKER)
    given = {name: _option(config, name) for name, _, _ in INI_OPTIONS}
    config.stash[_AUTOLINT] = bool(given.pop("ses_autolint"))
    config.stash[_CHECKS] = None
    if any(given.values()) or _has_lint_table(config):
        _configured(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse wrong markers before any test runs."""
    if hasattr(config, "workerinput"):
        # A worker of pytest-xdist cannot end a run with a sentence; there the setup of the test fails.
        return
    for item in items:
        if _is_marked(item):
            _checks(item)


def _is_marked(item: pytest.Item) -> bool:
    return any(mark.kwargs or mark.args for mark in item.iter_markers("ses"))


# Options


def _option(config: pytest.Config, name: str) -> Any:
    try:
        return config.getini(name)
    except (ValueError, TypeError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{name} in the configuration of pytest: {error}") from None


def _configured(config: pytest.Config) -> Checks:
    """Return the checks that the configuration asks for, made when they are first needed."""
    checks = config.stash[_CHECKS]
    if checks is not None:
        return checks
    from sesmime.testing import Checks

    try:
        checks = Checks().with_custom_rules()
    except (ImportError, AttributeError, TypeError) as error:
        raise pytest.UsageError(f"cannot load the rules of another package: {error}") from None
    given = {name.removeprefix("ses_"): _option(config, name) for name, _, _ in INI_OPTIONS if name != "ses_autolint"}
    for where, name, value in _of_project(config):
        if not given.get(name):  # the configuration of pytest wins
            checks = _changed(where, checks, {name: value})
    for name, _, _ in INI_OPTIONS:
        value = given.get(name.removeprefix("ses_"))
        if value:
            checks = _changed(f"{name} in the configuration of pytest", checks, {name.removeprefix("ses_"): value})
    config.stash[_CHECKS] = checks
    return checks


def _has_lint_table(config: pytest.Config) -> bool:
    """Whether a pyproject.toml may have our table: told without what reads it, for projects that do not ask."""
    for folder in (config.rootpath, *config.rootpath.parents):
        try:
            if b"[tool.sesmime" in (folder / "pyproject.toml").read_bytes():
                return True
        except OSError:
            continue
    return False


def _of_project(config: pytest.Config) -> Iterator[tuple[str, str, Any]]:
    """Yield what `[tool.sesmime.lint]` says: where it stands, the option, its value."""
    from sesmime.testing.settings import KEYS, find_lint_table

    try:
        file, table = find_lint_table(config.rootpath)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    keys = {option: key for key, option in KEYS.items()}
    for option, value in table.items():
        yield f"{file}: {keys[option]} in [tool.sesmime.lint]", option, value


def _checks(item: pytest.Item) -> Checks:
    """Return the checks of a test: what a nearer marker says wins, and what they leave out adds up."""
    checks = _configured(item.config)
    for mark in reversed(list(item.iter_markers("ses"))):
        where = f"{item.nodeid}: marker ses"
        if mark.args:
            raise pytest.UsageError(
                f"{where}: it takes only keyword arguments: {', '.join((*_MARKER_NAMES, 'autolint'))}"
            )
        given = dict(mark.kwargs)
        if not isinstance(given.pop("autolint", False), bool | None):
            raise pytest.UsageError(f"{where}: autolint must be True or False")
        for name in given:
            if name not in _MARKER_NAMES:
                raise pytest.UsageError(
                    f"{where}: there is no {name!r}; choose from {', '.join(_MARKER_NAMES)}, autolint"
                )
        checks = _changed(where, checks, given)
    return checks


def _changed(where: str, checks: Checks, given: dict[str, Any]) -> Checks:
    from sesmime.errors import InvalidSetting

    try:
        return checks.changed(**given)
    except (InvalidSetting, TypeError) as error:
        raise pytest.UsageError(f"{where}: {error}") from None


# Fixtures


@pytest.fixture
def ses_outbox(request: pytest.FixtureRequest) -> Iterator[Outbox]:
    """Return the messages that the test sends through boto3, smtplib or Django, as a list that grows.

    Each says its `message` (the bytes), `interface`, `parameters`, `envelope`, `tags`, `resolution` and `report`.
    """
    from sesmime.testing import record_sent

    checks = _checks(request.node)
    with record_sent(interface=checks.interface, config=checks.config) as outbox:
        yield outbox


@pytest.fixture
def ses_events(ses_outbox: Outbox) -> EventMaker:
    """Return what makes the events of SES for the messages of `ses_outbox`: `ses_events("Bounce")` gives the record.

    `carrier="sqs-lambda"` and others give what a program is handed, `ses_events.event(kind)` an Event,
    `ses_events.signed(kind)` what SNS posts. See `sesmime.testing.EventMaker`.
    """
    from sesmime.testing import EventMaker

    return EventMaker(ses_outbox)


@pytest.fixture
def assert_ses_ok(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """Return the check `assert_ses_ok(message)`, by what the marker `ses` and the configuration say.

    It takes one message or many: bytes, an EmailMessage, what `ses_outbox` holds, or `ses_outbox` itself; options in
    the call win. See `sesmime.testing.assert_ses_ok`.
    """
    from sesmime.testing import checked

    checks = _checks(request.node)

    def check(
        message: Any, *, interface: str | None = None, parameters: ApiParameters | None = None, **options: Any
    ) -> Report:
        __tracebackhide__ = True
        text, report = checked(message, checks.changed(**options), interface=interface, parameters=parameters)
        if text:
            raise AssertionError(text)
        return report

    return check


# A local SES (the extra `local`)


@pytest.fixture
def local_ses_options(request: pytest.FixtureRequest) -> Options:
    """Return how `local_ses` and `strict_ses` behave; define a fixture of this name to have it otherwise.

    By default only identities may send that the test creates, or that `ses_verified_identities` names in the
    configuration. `Options(any_identity=True)` lets everybody send; see `sesmime.local.Options`.
    """
    from sesmime.local import Options

    return Options(verified_identities=tuple(_option(request.config, "ses_verified_identities") or ()))


@pytest.fixture(scope="session")
def _local_ses_server() -> Iterator[LocalSes]:
    from sesmime.local import LocalSes

    with LocalSes() as ses:
        yield ses


@pytest.fixture
def local_ses(
    _local_ses_server: LocalSes, local_ses_options: Options, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalSes]:
    """Return a running server that answers as SES is expected to, with an empty inbox and an account that has nothing.

    One server serves the whole run; each test begins anew. For as long as the test runs, the environment names the
    server (`AWS_ENDPOINT_URL` and the rest of `local_ses.environment`), so that boto3 and other SDKs, in this process
    and in those that it starts, ask the server and nobody else. `outbox` holds what was taken, `events` what SES tells
    of it; see `sesmime.local.LocalSes`.
    """
    _local_ses_server.reset(local_ses_options)
    for name in [name for name in os.environ if name.startswith(_LEADING_ELSEWHERE)]:
        monkeypatch.delenv(name)
    for name, value in _local_ses_server.environment.items():
        monkeypatch.setenv(name, value)
    # The session that boto3 keeps may know credentials and a region from before.
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    yield _local_ses_server
    _local_ses_server.publisher.drain()


@pytest.fixture
def strict_ses(local_ses_options: Options, monkeypatch: pytest.MonkeyPatch) -> Iterator[StrictSes]:
    """Return an SES within this process, over moto's `mock_aws`: each call of boto3 is answered as SES is expected to.

    It answers all of SES, v1 and v2, from one account that has nothing in the beginning; other services are moto's.
    `outbox` holds what was taken, `events` what SES tells of it; see `sesmime.local.StrictSes`.
    """
    from sesmime.local import StrictSes

    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
        monkeypatch.delenv(name)  # moto stands in the place of AWS's own addresses alone
    if not any(name in os.environ for name in ("AWS_DEFAULT_REGION", "AWS_REGION")):
        monkeypatch.setenv("AWS_DEFAULT_REGION", local_ses_options.smtp_region)
    with StrictSes(local_ses_options) as ses:
        yield ses


# Comparing


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show in which fields and texts two messages differ that a test compares."""
    # A project that does not use it sees what it has always seen.
    if op != "==" or "sesmime.testing" not in sys.modules:
        return None
    from sesmime.testing.explaining import unequal_lines

    return unequal_lines(left, right)


# Checking without being asked by the test: from before its setup until after its teardown.


def _is_checked(item: pytest.Item) -> bool:
    for mark in item.iter_markers("ses"):
        if mark.kwargs.get("autolint") is not None:
            return bool(mark.kwargs["autolint"])
    return item.config.stash[_AUTOLINT]


# The innermost wrapper: it begins before any fixture, and where it fails those of pytest itself have begun too.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Begin to record what a test sends."""
    if _is_marked(item):
        try:
            _checks(item)
        except pytest.UsageError as error:
            pytest.fail(str(error), pytrace=False)
    if _is_checked(item) or item.config.getoption("ses_save") is not None:
        from sesmime.testing import record_sent

        checks = _checks(item)
        stack = ExitStack()
        recording = record_sent(interface=checks.interface, config=checks.config)
        item.stash[_WATCHING] = stack, stack.enter_context(recording)
        item.stash[_SAVED] = 0
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a test for what it has sent, if that is checked; one that fails anyway says so beside."""
    return (yield from _accounted(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """End the recording; what was sent in the teardown fails that."""
    try:
        return (yield from _accounted(item))
    finally:
        if _WATCHING in item.stash:
            item.stash[_WATCHING][0].close()
            del item.stash[_WATCHING]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say what there is to say beside a failure of another kind; that of a test of unittest is seen here first."""
    report = yield
    text = item.stash.get(_TOLD, "")
    if text and text not in report.longreprtext:
        report.sections.append((f"Captured sesmime {report.when}", text))
    return report


def _accounted(item: pytest.Item) -> Generator[None]:
    try:
        answer = yield
    except BaseException:
        item.stash[_TOLD] = _account(item)
        raise
    text = item.stash[_TOLD] = _account(item)
    if text:
        pytest.fail(text, pytrace=False)
    return answer


def _account(item: pytest.Item) -> str:
    """Return what there is to say of the messages sent since the last time; save them where that is asked for."""
    if _WATCHING not in item.stash:
        return ""
    from sesmime.testing import checked

    _, outbox = item.stash[_WATCHING]
    if not outbox:
        return ""
    text, _ = checked(outbox, _checks(item)) if _is_checked(item) else ("", None)
    messages = tuple(outbox)
    outbox.clear()
    _save(item, messages)
    return text


def _save(item: pytest.Item, messages: tuple[Sent, ...]) -> None:
    folder = item.config.getoption("ses_save")
    if folder is None:
        return
    from sesmime.testing.saving import save_sent

    place = Path(item.config.invocation_params.dir, folder)
    for sent in messages:
        item.stash[_SAVED] += 1
        try:
            save_sent(place, item.nodeid, item.stash[_SAVED], sent)
        except OSError as error:
            pytest.fail(f"--ses-save: cannot write into {place}: {error.strerror}", pytrace=False)
