"""Pages of the site that are written elsewhere: README, CONTRIBUTING, the command line's help, the config's template.

A hook of mkdocs (mkdocs.yml). It says nothing twice: what it adds is read from where it stands.
"""

import re
from pathlib import Path
from typing import Any

import typer
from mkdocs.structure.files import File, Files

from efficoder.cli.main import app
from efficoder.cli.sources import read_lines
from efficoder.config import template
from efficoder.evaluation.model_scores import METRICS
from efficoder.report.tables import render

ROOT = Path(__file__).parents[1]
LISTED = {"Decisions": "decisions", "Results": "results"}
"""Folders whose pages all stand in the navigation."""


def on_config(config: Any) -> Any:
    for title, folder in LISTED.items():
        pages = sorted(Path(config.docs_dir, folder).glob("*.md"), reverse=folder == "results")
        config.nav.append({title: [f"{folder}/{page.name}" for page in pages]})
    return config


def on_files(files: Files, config: Any) -> Files:
    pages = {
        "index.md": _from_the_root("README.md"),
        "contributing.md": _from_the_root("CONTRIBUTING.md"),
        "changelog.md": _from_the_root("CHANGELOG.md"),
        "cli.md": command_line(),
        "sources.md": formats(),
        "metric-list.md": metrics(),
        "config.md": f"# Config\n\n`efficoder init FILE` writes this file.\n\n```toml\n{template()}```\n",
    }
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Pages link to files of the repository that are other pages here."""
    up = "../" * page.file.src_uri.count("/")
    for file, name in (("README", "index"), ("CONTRIBUTING", "contributing"), ("CHANGELOG", "changelog")):
        markdown = markdown.replace(f"]({up}../{file}.md", f"]({up}{name}.md")
    return markdown


def _from_the_root(name: str) -> str:
    """A page of the repository's root, its links as seen from docs/. Files that are no pages are named, not linked."""
    text = (
        (ROOT / name)
        .read_text(encoding="utf-8")
        .replace("](docs/decisions)", "](decisions/0001-one-table-of-records.md)")
    )
    text = re.sub(r"\]\(docs/", "](", text)
    text = re.sub(r"\]\((README|CONTRIBUTING|CHANGELOG)\.md", lambda found: f"](../{found[1]}.md", text)
    return re.sub(r"(?<!!)\[([^\]]*)\]\((?:examples|bench|src)[^)]*\)", r"`\1`", text)


def formats() -> str:
    """What `efficoder sources` lists."""
    lines = [[f"`{line.format}:PATH`", line.path, line.tasks, line.url] for line in read_lines()]
    table = render(["source", "PATH is", "tasks", "from"], lines, "markdown").replace("\\`", "`")
    return (
        f"# Formats and sets\n\nWhat `efficoder sources` lists. [Your own tasks](tasks.md) has the schema.\n\n{table}\n"
    )


def metrics() -> str:
    """Every number of an evaluation with its definition, as tables and JSON have it."""
    lines = [[name, metric.title, metric.definition] for name, metric in METRICS.items()]
    return "# Every metric of an evaluation\n\n[Metrics](metrics.md) says why.\n\n" + render(
        ["name", "title", "definition"], lines, "markdown"
    )


def command_line() -> str:
    """Every command's help."""
    parts = [
        "# Command line",
        "",
        "What `--help` prints. Exit codes: 0 done, 1 unexpected, 2 usage or config, 3 something",
    ]
    parts += ["is missing, 4 too many failures, 5 a check failed, 130 interrupted.", ""]
    for words, command in _commands(typer.main.get_command(app), ()):
        context = command.make_context(" ".join(("efficoder", *words)), [], resilient_parsing=True)
        context.max_content_width = context.terminal_width = 100
        parts += [f"## efficoder {' '.join(words)}".rstrip(), "", "```text", command.get_help(context), "```", ""]
    return "\n".join(parts)


def _commands(command: Any, words: tuple[str, ...]) -> Any:
    """The command and those under it, each with the words that call it."""
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*words, name))
