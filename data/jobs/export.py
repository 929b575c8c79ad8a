"""Export a layer to a file in the background."""

from __future__ import annotations

from typing import Any

from data import cql, features
from data.export import write_file
from data.job_queue import JobContext, JobResult
from layers.registry import layer_by_id

KIND = "export"


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Write the file under the scope of the user who asked for it."""
    layer = layer_by_id(arguments["layer"])
    narrowed = arguments.get("narrowed", {})
    query = features.Query(
        bbox=tuple(arguments["bbox"]) if arguments.get("bbox") else None,
        division_code=arguments.get("division"),
        words=arguments.get("words"),
        properties=narrowed.get("properties", {}),
        empty=tuple(narrowed.get("empty", ())),
        subsets=tuple(narrowed.get("subsets", ())),
        within=narrowed.get("within"),
        filter_tree=cql.parse(arguments["filter"]) if arguments.get("filter") else None,
    )
    folder = context.state_dir / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    ending = arguments["ending"]
    half, path = folder / f"{context.job_id}.half.{ending}", folder / f"{context.job_id}.{ending}"
    half.unlink(missing_ok=True)
    with context.connect() as connection:
        total, _ = features.count(connection, layer, query, scope=context.scope)

        def progress(n: int) -> None:
            context.report(min(0.95, n / max(total, n)), f"{n:,}")

        context.report(0.01)
        n = write_file(
            connection,
            layer,
            query,
            half,
            file_format=arguments["format"],
            scope=context.scope,
            progress=progress,
        )
    half.replace(path)
    return JobResult(f"{n:,}", path, arguments["file_name"], arguments["media_type"])
