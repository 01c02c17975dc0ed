"""The topics of `sesmime help`: the Markdown files in `sesmime/help`, each by its name."""

from __future__ import annotations

from importlib.resources import files


def topics() -> dict[str, str]:
    """Return the topics by name, each with its title, the text of its first heading."""
    found = (one.name for one in files("sesmime").joinpath("help").iterdir())
    names = sorted(name.removesuffix(".md") for name in found if name.endswith(".md"))
    return {name: topic_text(name).partition("\n")[0].removeprefix("# ") for name in names}


def topic_text(name: str) -> str:
    """Return the text of a topic, in Markdown."""
    return files("sesmime").joinpath("help", f"{name}.md").read_text(encoding="utf-8")
