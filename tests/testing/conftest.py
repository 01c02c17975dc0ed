"""Projects in which pytest runs inside pytest."""

from __future__ import annotations

import pytest

from tests.testing.projects import PLUGIN, SENDING, Run


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run a project of one test module, with options of the configuration."""

    def run_project(code: str, *arguments: str, sending: str = SENDING, **options: str) -> pytest.RunResult:
        pytester.makepyfile(test_mail=sending + code)
        given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        # The lines of a failure are looked for in the order of the tests.
        ordered = ("-p", "no:randomly")
        return pytester.runpytest_inprocess(*PLUGIN, *ordered, "--strict-markers", *given, *arguments)

    return run_project
