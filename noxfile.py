"""The jobs of `.ci/run`, each in an environment of its own: `nox -l` lists them, `nox -s lint` runs one.

nox is no dependency of the project: `pipx run nox` does.
"""

from __future__ import annotations

import nox

nox.options.sessions = ["tests", "lint", "types", "house"]
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run all tests; the arguments after `--` are pytest's."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", "-q", "-n", "auto", "-m", "", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check format and style."""
    session.install("-e", ".[dev]")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package, its tests, benchmarks and fuzzers."""
    session.install("-e", ".[dev]")
    session.run("mypy")


@nox.session
def house(session: nox.Session) -> None:
    """Check that a wing imports only wings below it."""
    session.install("-e", ".[dev]")
    session.run("lint-imports", "--no-cache")


@nox.session
def laws(session: nox.Session) -> None:
    """Run the property tests with the examples that `.ci/run` asks for."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", "-q", "-n", "auto", "-m", "property", env={"HYPOTHESIS_PROFILE": "ci"})


@nox.session
def safety(session: nox.Session) -> None:
    """Look for what is known to be unsafe in the code and in the packages beside it."""
    session.install("-e", ".[dev]")
    session.run("bandit", "-q", "-r", "sesmime", "-ll")
    session.run("pip-audit", "--progress-spinner", "off")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Hold cases of every kind against the laws."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "fuzz", "--all", "--executions", "100000")


@nox.session(name="async")
def async_(session: nox.Session) -> None:
    """Run the tests of aiobotocore and s3fs, which hold botocore back."""
    session.install("-e", ".[dev-async]")
    session.run("python", "-m", "pytest", "-q", "-m", "", "tests/boto/test_async.py", "tests/archive/test_s3.py")


@nox.session
def spark(session: nox.Session) -> None:
    """Run the batches of the linter on Spark, which needs Java."""
    session.install("-e", ".[dev-spark]")
    session.run("python", "-m", "pytest", "-q", "-m", "", "tests/archive/test_spark.py")


@nox.session
def ray(session: nox.Session) -> None:
    """Ray, which is as large."""
    session.install("-e", ".[dev-ray]")
    session.run("python", "-m", "pytest", "-q", "-m", "", "tests/archive/test_ray.py")


@nox.session(name="django", python="3.12")
@nox.parametrize("version", ["4.2", "5.2", "6.1"])
def django_(session: nox.Session, version: str) -> None:
    """Run the Django edge and every backend to the local SES on the versions that people have; all know Python 3.12."""
    session.install("-e", ".[local,django]", "hypothesis", "pytest", "django-anymail", "django-ses")
    session.install(f"django=={version}.*")
    session.run(
        "python", "-m", "pytest", "-q", "-m", "", "tests/django", "tests/local/test_django.py", *session.posargs
    )
