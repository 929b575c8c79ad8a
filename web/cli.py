"""Gather the verbs of the start script; each is one file in web/verbs."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import Any

import click

import web.verbs
from data.errors import DriverError
from geo.errors import OneMapError

_ORDER = (
    "demo", "test", "serve", "worker", "load", "template", "export", "search", "nearest", "route", "isochrone",
    "coverage", "speeds", "dispatch", "sim", "hazard", "db", "token", "user", "audit", "bench", "shell", "doctor", "lock",
)  # fmt: skip


class VerbGroup(click.Group):
    """A click group that imports a verb's module only when the verb is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the verbs, the everyday ones first."""
        names = [m.name.replace("_", "-") for m in pkgutil.iter_modules(web.verbs.__path__)]
        return sorted(names, key=lambda n: (_ORDER.index(n) if n in _ORDER else len(_ORDER), n))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb; None when there is none of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"web.verbs.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; an error of ours is one clear line, not a trace."""
        try:
            return super().invoke(ctx)
        except OneMapError as error:
            click.secho(str(error), fg="red", err=True)
            sys.exit(2)
        except DriverError as error:
            if "ONEMAP_DEBUG" in os.environ:
                raise
            words = str(error).strip().splitlines()
            click.secho(
                f"数据库报错 The database says: {words[0] if words else type(error).__name__}\n"
                "检查 check: ./onemap doctor · 详情 details: ONEMAP_DEBUG=1",
                fg="red",
                err=True,
            )
            sys.exit(3)


@click.group(
    cls=VerbGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "terminal_width": 100},
)
def main() -> None:
    """安全生产与应急调度一张图。 The one map for work safety and emergency dispatch.

    \b
    第一次使用 First steps:
      ./onemap demo            装好一切，建一座示例城市，打开浏览器即可查看
                               sets everything up with a sample city to look at
      ./onemap <verb> --help   每个命令的说明 what each command does
    """  # noqa: D301 - \b is click's mark for a block kept as it is
