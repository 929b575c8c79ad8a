"""Ask pandana (AGPL, a peer in benches only) the questions of a bench, in an environment and a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from web.benches._peer_graph import Answers, PeerAbsentError, PeerGraph, Questions
from web.settings import ROOT

_VENV = ROOT / "var" / "bench" / "pandana"
_WORKER = Path(__file__).parent / "_pandana_worker.py"


def ask(
    graph: PeerGraph, questions: Questions, jobs: frozenset[str], *, runs: int = 3, venv: Path = _VENV
) -> Answers:
    """Install pandana where it is missing, and have a process of its environment answer.

    Raises
    ------
    PeerAbsentError
        When it cannot be installed or fails.
    """
    _install(venv)
    with tempfile.TemporaryDirectory() as folder:
        given, answered = Path(folder) / "graph.npz", Path(folder) / "answers.npz"
        np.savez(
            given, lonlat=graph.lonlat, tail=graph.tail, head=graph.head, ms=graph.ms, sources=questions.sources,
            incidents=questions.incidents[:3], limit_ms=questions.limit_ms, closed=questions.closed, runs=runs,
            jobs=np.array(sorted(jobs)),
        )  # fmt: skip
        done = subprocess.run(
            [str(venv / "bin" / "python"), "-I", str(_WORKER), str(given), str(answered)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()[-1:] or ["—"]
            raise PeerAbsentError(f"pandana 出错：{said[0]} pandana failed: {said[0]}")
        facts = json.loads(done.stdout.splitlines()[-1])
        with np.load(answered) as found:
            ms = {name: found[name] for name in found.files}
    return Answers(facts.pop("took_ms"), ms, facts)


def _install(venv: Path) -> None:
    python = venv / "bin" / "python"
    marker = venv / ".installed"
    if marker.exists():
        return
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pandana>=0.7,<1"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()[-1:] or ["—"]
            raise PeerAbsentError(
                f"装不上 pandana：{said[0]} pandana cannot be installed: check the network."
            )
    marker.touch()
