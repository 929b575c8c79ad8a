"""Write docs/cli.md from the commands themselves; the start script prints help from it before any set-up."""

from __future__ import annotations

from collections.abc import Iterator

import click

from web.cli import main

HEAD = """# 命令 Commands

由 `python -m web.cli_reference` 生成，测试保证与程序一致。 Written by that command; a test keeps it equal to the program.
"""


def reference() -> str:
    """Give the text of docs/cli.md: one section a verb, subcommands below their group."""
    sections = [HEAD]
    for name, text in _helps():
        sections.append(f"\n## `onemap{' ' + name if name else ''}`\n\n```text\n{text}\n```\n")
    return "".join(sections)


def _helps() -> Iterator[tuple[str, str]]:
    # The settings the program runs with: click keeps the help option it makes first.
    settings = {k: v for k, v in main.context_settings.items() if k != "info_name"}
    context = click.Context(main, info_name="onemap", **settings)
    yield "", main.get_help(context)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if command is None:
            continue
        own = click.Context(
            command, info_name=name, parent=context, max_content_width=100, terminal_width=100
        )
        text = command.get_help(own)
        if isinstance(command, click.Group):
            for below in command.list_commands(own):
                sub = command.get_command(own, below)
                if sub is not None:
                    inner = click.Context(
                        sub, info_name=below, parent=own, max_content_width=100, terminal_width=100
                    )
                    text += "\n\n" + sub.get_help(inner)
        yield name, text


if __name__ == "__main__":
    from web.settings import ROOT

    (ROOT / "docs" / "cli.md").write_text(reference(), encoding="utf-8")
