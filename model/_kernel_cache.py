"""A place for compiled kernels where the usual ones cannot be written.

numba keeps kernels in the folder of ``NUMBA_CACHE_DIR``, or beside their source, or in the cache of the user. If it can
write none of them, as in a read-only installation for a user without a home, the import of a kernel fails. They are
then kept below the folder of temporary files.
"""

import os
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parent / "physics" / "galaxy" / "_kernels"


def provide(source: Path = SOURCE) -> None:
    """Point ``NUMBA_CACHE_DIR`` to a folder that can be written, unless there is one without it.

    Parameters
    ----------
    source : Path
        Folder of a kernel.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if (chosen and _writable(Path(chosen))) or _writable(source / "__pycache__"):
        return
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  Path.home() raises for a user whom the system does not know
    if home.is_absolute() and _writable(home / ".cache" / "numba"):
        return
    # Only its owner may write it: whoever can write a cache of kernels can run code as those who read it.
    folder = Path(tempfile.gettempdir()) / f"mevdm-kernels-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or folder.is_symlink():
        folder = Path(tempfile.mkdtemp(prefix="mevdm-kernels-"))
    os.environ["NUMBA_CACHE_DIR"] = str(folder)


def place(source: Path = SOURCE) -> Path | None:
    """The folder in which numba keeps kernels, or one beside it that can be written; None where nothing is compiled.

    Parameters
    ----------
    source : Path
        Folder of a kernel.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return None
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    folders = ([Path(chosen)] if chosen else []) + [source / "__pycache__"]
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  as in the function above
    return next((folder for folder in folders if _writable(folder)), home / ".cache" / "numba")


def _writable(folder: Path) -> bool:
    """Whether a file can be written into a folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
