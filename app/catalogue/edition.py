"""An edition by name: a folder of facts, or what a git revision held."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from app.catalogue.facts import Catalogue
from app.catalogue.load import load
from app.catalogue.reading import BadSeed
from app.errors import NotFound

SEED = "seed"
"""Where the facts stand in the repository."""


def named(name: str, repository: Path) -> Catalogue:
    """The edition of the folder `name`, else of the git revision `name` of a repository.

    Raises:
        NotFound: when it is neither, or git cannot tell.
        BadSeed: when what is there cannot be loaded; a file of a revision is named REVISION:PATH.
    """
    if Path(name).is_dir():
        return load(Path(name))
    commit = _git(
        repository, name, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    packed = _git(repository, name, "archive", "--format=tar", commit.decode().strip(), SEED)
    with TemporaryDirectory() as folder:
        _unpack(packed, Path(folder))
        try:
            return load(Path(folder, SEED))
        except BadSeed as wrong:
            file = wrong.file.relative_to(folder).as_posix()
            raise BadSeed(Path(f"{name}:{file}"), wrong.line, wrong.reason) from None


def _git(repository: Path, name: str, *words: str) -> bytes:
    """What git answers about the revision `name`."""
    program = shutil.which("git")
    if program is None:
        raise NotFound(f"“{name}” is no folder, and git, which could know it as a revision, is not installed")
    # No shell, and the name stands where git takes it for nothing but a revision.
    told = subprocess.run(  # noqa: S603
        [program, "-C", str(repository), *words], capture_output=True, check=False
    )
    if told.returncode:
        said = told.stderr.decode(errors="replace").strip().splitlines()
        reason = f" ({said[0].removeprefix('fatal: ')})" if said else ""
        raise NotFound(f"“{name}” is neither a folder nor a revision that holds a catalogue{reason}")
    return told.stdout


def _unpack(packed: bytes, folder: Path) -> None:
    """Write the files of an archive that git made; links and the like are no facts, and are left out."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content:
                file = folder / member.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.read())
