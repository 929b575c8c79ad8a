"""Take the files of lines and positions that people send."""

from __future__ import annotations

from flask import request

from data.errors import LoadError
from data.track_files import MAX_BYTES, TrackFile, read_track_file


def uploaded_track() -> TrackFile:
    """Read the request's file of positions, in the datum `crs` where the form names one.

    Raises
    ------
    LoadError
        When none came, or it cannot be taken.
    CrsError
        When the datum is unknown.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise LoadError("请选择文件。 Choose a file.")
    with upload.stream as stream:
        content = stream.read(MAX_BYTES + 1)
    return read_track_file(content, upload.filename, crs=request.form.get("crs") or None)
