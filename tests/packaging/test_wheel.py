"""The wheel, installed outside the checkout, brings everything along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.terminal import Terminal

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that holds the wheel; what the wheel needs is lent by ours."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder)]
    subprocess.run([*build, str(CHECKOUT)], check=True, capture_output=True)
    (wheel,) = folder.glob("gpuready-*.whl")
    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    site = Path(
        sysconfig.get_path("purelib", "venv", {"base": str(environment), "platbase": str(environment)})
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # Only packages: our own .pth files would lead back into the checkout.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    script = environment / "bin" / "gpuready"
    python = environment / "bin" / "python"
    script.write_text(f"#!{python}\nfrom gpuready.cli.start import main\nmain()\n")
    script.chmod(0o755)
    return script


def _environment(tmp_path: Path) -> dict[str, str]:
    homes = {
        f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")
    }
    return {**os.environ, **homes, "LC_ALL": "C.UTF-8"}


def test_it_lists_the_checklists_outside_the_checkout(program: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [program, "checklist", "list", "--format", "json"],
        cwd=tmp_path,
        env=_environment(tmp_path),
        capture_output=True,
        check=True,
    )
    listed = json.loads(run.stdout)["checklists"]
    assert [each["id"] for each in listed] == ["small", "medium", "large", "security", "troubleshooting"]
    where = subprocess.run(
        [program.with_name("python"), "-c", "import gpuready; print(gpuready.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    assert str(CHECKOUT) not in where.stdout


def test_it_opens_the_screen(program: Path, tmp_path: Path) -> None:
    session = {"GPUREADY_SESSION": str(tmp_path / "s.gpuready")}
    with Terminal([str(program)], env=_environment(tmp_path) | session) as terminal:
        terminal.wait_for("13.1.1.1")
        terminal.send("q")
        assert terminal.wait() == 0
