"""Load files into the store from the command line."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from data import audit
from data.clock import SystemClock
from data.errors import LoadError
from data.loading.subject import LoadRequest, LoadResult, Subject, all_subjects
from data.scope import SYSTEM
from geo.crs import crs_from_name
from web.settings import current_environment, settings_from
from web.wiring import opened_store

_FLAGS = {"mapping": "--map", "constants": "--set"}


class _LoadGroup(click.Group):
    """A group with one command for each thing that can be loaded."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(all_subjects())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        subject = all_subjects().get(cmd_name.replace("-", "_"))
        return None if subject is None else _command_of(subject)


@click.group(cls=_LoadGroup)
def command() -> None:
    """装载真实数据：区划、水系、道路和各类台账。 Load real data: divisions, water, roads and registers.

    \b
    先区划，后台账 Divisions first, then registers:
      ./onemap load divisions 区划.csv
      ./onemap load divisions 区划.geojson
      ./onemap load elevator 电梯.xlsx --dry-run
      ./onemap load rescue_resource 避难场所.csv --crs gcj02 --set kind=shelter
    """  # noqa: D301 - \b is click's mark for a block kept as it is


def _command_of(subject: Subject) -> click.Command:
    options: list[click.Parameter] = [
        click.Argument(["file"], type=click.Path(path_type=Path)),
        click.Option(["--crs"], help="坐标系，如 gcj02、bd09、EPSG:4547。 Coordinate system of the file."),
        click.Option(
            ["--trust-crs"], is_flag=True, help="不与区划比对坐标系。 Do not hold the datum against the divisions."
        ),
        click.Option(["--sheet"], help="工作表或图层名。 Sheet, or layer of the file."),
        click.Option(
            ["--map", "mapping"], multiple=True, metavar="COLUMN=FIELD",
            help="列对应的字段，可重复；字段可为 lon、lat、position、wkt，“-”为不用。 Column to field; - leaves it out.",
        ),
        click.Option(
            ["--set", "constants"], multiple=True, metavar="FIELD=TEXT",
            help="所有行的取值，可含 {列名}。 A value for every row; may hold {COLUMN}.",
        ),
        click.Option(["--division"], help="缺省的区划代码。 Division where a row names none."),
        click.Option(["--authority"], help="缺省的归属机构代码。 Supervising authority where a row names none."),
        click.Option(["--dry-run"], is_flag=True, help="只检查，不写入。 Check only."),
        click.Option(["--keep-good"], is_flag=True, help="装载无误的行。 Load the good rows, leave out the bad."),
        click.Option(
            ["--accept-positions"], is_flag=True,
            help="位置可疑的行也装载，列入待核清单。 Load doubtful positions too, and list them.",
        ),
        click.Option(["--fill-merged"], is_flag=True, help="填满合并单元格。 Fill merged cells with their value."),
        click.Option(
            ["--report"], type=click.Path(path_type=Path, dir_okay=False),
            help="把有问题的行写到 Excel 文件。 Write the bad rows to an Excel file.",
        ),
    ]  # fmt: skip
    for option in options[1:]:
        # What a subject does not understand is refused in words (`_refuse_unused`), not offered.
        option.hidden = subject.takes is not None and option.name not in subject.takes  # type: ignore[attr-defined]
    for extra in subject.options:
        kind: Any = click.Path(path_type=Path) if extra.is_path else None
        options.append(
            click.Option(
                [extra.flag, extra.name],
                is_flag=extra.is_flag,
                type=None if extra.is_flag else kind,
                help=extra.help,
            )
        )
    return click.Command(
        subject.name,
        params=options,
        help=f"装载{subject.words}\n\nLoad from FILE.",
        callback=_callback(subject),
    )


def _callback(subject: Subject) -> Any:
    def run(**given: Any) -> None:
        _load(subject, given)

    return run


def _load(subject: Subject, given: dict[str, Any]) -> None:
    started = time.monotonic()
    _refuse_unused(subject, given)
    request = LoadRequest(
        name=subject.name,
        path=given["file"],
        crs=crs_from_name(given["crs"]) if given["crs"] else None,
        trust_crs=given["trust_crs"],
        sheet=given["sheet"],
        mapping=_pairs(given["mapping"]),
        constants=_pairs(given["constants"]),
        division_code=given["division"],
        authority_code=given["authority"],
        keep_good=given["keep_good"],
        accept_positions=given["accept_positions"],
        fill_merged=given["fill_merged"],
        report=given["report"],
        options={extra.name: given[extra.name] for extra in subject.options},
        say=_say,
        progress=_progress,
    )
    is_dry = bool(given["dry_run"])
    with opened_store() as store, store.transaction(SYSTEM) as connection:
        state_dir = settings_from(current_environment(), store.database).state_dir
        result = subject.run(connection, replace(request, state_dir=state_dir))
        if is_dry:
            connection.rollback()
        elif result.written.inserted or result.written.updated:
            audit.append(
                connection, at=SystemClock().now(), username="system", action="load", subject=subject.name,
                detail={"file": request.path.name, "new": result.written.inserted, "changed": result.written.updated},
            )  # fmt: skip
    _tell(result, is_dry=is_dry, seconds=time.monotonic() - started)
    if result.log.total:
        sys.exit(1)


def _refuse_unused(subject: Subject, given: dict[str, Any]) -> None:
    """Refuse options that the subject would pass over in silence."""
    if subject.takes is None:
        return
    own = {"file", *(extra.name for extra in subject.options)}
    for name, value in given.items():
        if value and name not in subject.takes | own:
            flag = _FLAGS.get(name, "--" + name.replace("_", "-"))
            raise LoadError(
                f"load {subject.name} 用不到 {flag}，请去掉。 load {subject.name} takes no {flag}: leave it out."
            )


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in texts:
        # A header may hold "=", a field may not.
        left, sign, right = text.partition("=")
        if not sign or not left or not right:
            raise LoadError(f"“{text}”应写成 A=B。 {text!r} should be A=B.")
        found[left.strip()] = right.strip()
    return found


def _say(text: str) -> None:
    click.echo(f"onemap · {text}", err=True)


def _progress(done: int, total: int) -> None:
    click.echo(f"onemap · 已检查 checked {done:,} / {total:,} ({done / max(1, total):.0%})", err=True)


def _tell(result: LoadResult, *, is_dry: bool, seconds: float) -> None:
    written = result.written
    if result.matched or result.guessed or result.unplaced:
        click.echo(
            f"无坐标的行 rows without a position：匹配 matched {result.matched:,} · 推测 guessed {result.guessed:,} · "
            f"未定位 unplaced {result.unplaced:,}"
        )
    if result.to_mend:
        click.echo(f"列入待核清单 put on the list to mend: {result.to_mend:,}")
    if result.log.total:
        click.echo(result.log.text(), err=True)
        if result.report:
            click.echo(f"有问题的行 the bad rows: {result.report}", err=True)
    verb = "将会 would be" if is_dry else "已装载 loaded"
    click.echo(
        f"{verb}：新增 new {written.inserted:,} · 更新 changed {written.updated:,} · 未变 unchanged {written.unchanged:,}"
        f"（{seconds:.1f} s）"
    )
    if not is_dry and written.total and not written.inserted and not written.updated and not result.log.total:
        click.echo("内容与库中一致，没有任何改动。 Everything was there already: nothing changed.")
