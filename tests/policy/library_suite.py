"""`python -m tests.policy.library_suite [SES]`: CPython's own tests of `email`, as JSON of the tests that fail.

With `SES` that policy stands in place of `email.policy.default` and `email.policy.SMTP`. Each test that fails is told
with the last line of its reason.
"""

from __future__ import annotations

import email.policy
import json
import sys
import unittest
import warnings
from importlib.util import find_spec
from typing import Any

from sesmime.policy import SES

_MODULES = (
    *("test_asian_codecs", "test_contentmanager", "test_defect_handling", "test_email", "test_generator"),
    *("test_headerregistry", "test_inversion", "test_message", "test_parser", "test_pickleable", "test_policy"),
)


class _Results(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.found: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.count += 1

    def _note(self, test: unittest.TestCase, error: Any) -> None:
        kind, value, _ = error
        name = test.id().partition(" ")[0].removeprefix("test.test_email.")
        text = str(value).strip().partition("\n")[0]
        self.found.setdefault(name, f"{kind.__name__}: {text[:200]}")

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self._note(test, err)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self._note(test, err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        if err is not None:
            self._note(test, err)


def main(arguments: list[str]) -> int:
    """Run the tests; print how many, and those that fail. Exit with 3 where this Python has no tests."""
    if find_spec("test") is None or find_spec("test.test_email") is None:
        return 3
    if arguments == ["SES"]:
        email.policy.default, email.policy.SMTP = SES.clone(linesep="\n"), SES
    warnings.simplefilter("ignore")
    results = _Results()
    names = [f"test.test_email.{name}" for name in _MODULES]
    unittest.defaultTestLoader.loadTestsFromNames(names).run(results)
    print(json.dumps({"count": results.count, "failed": results.found}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
