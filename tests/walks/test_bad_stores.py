"""A store that cannot be used is named with what to do about it, by every command, and left as it was."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import subprocess
import sys
from contextlib import closing

import apsw
import pytest

from heliograph.cli import shell

CONFIG = '[http]\nport = 0\n[[connectors]]\nname = "c"\nkind = "simulated"\n[[routes]]\nid = "r"\nconnectors = ["c"]\n'
OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]
RUN = "import sys; import heliograph.cli; from heliograph.cli.shell import run; sys.exit(run(sys.argv[1:]))"


def command(*words):
    complained = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(complained):
        code = shell.run([str(word) for word in words])
    return code, " ".join(complained.getvalue().split())


@pytest.fixture
def folder(tmp_path):
    """A gateway's folder with a store."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "heliograph.toml").write_text(CONFIG)
    code, complained = command("migrate", "--dir", folder)
    assert code == 0, complained
    return folder


def digests(folder):
    """Of all files but the lock, and the log's index, which a look makes."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if not file.name.endswith((".lock", "-shm", "-wal"))
    }


def another_program(file):
    file.unlink()
    with closing(apsw.Connection(str(file))) as database:
        database.execute("CREATE TABLE invoice (id)")


def newer(file):
    with closing(apsw.Connection(str(file))) as database:
        database.execute("INSERT INTO schema_version VALUES (9999)")


def half_migrated(file):
    with closing(apsw.Connection(str(file))) as database:
        database.execute("DROP TABLE guard")


def cut_off(file):
    with file.open("rb+") as octets:
        octets.truncate(file.stat().st_size - 4096)


def no_database(file):
    file.write_bytes(b"Dear diary, " * 1000)


BAD = {
    "another program's": (another_program, "is a database of another program; name another file"),
    "newer": (newer, "has schema 9999, this program knows up to"),
    "half migrated": (half_migrated, "is only half migrated"),
    "cut off": (cut_off, "is cut off"),
    "no database": (no_database, "restore a backup or name another file"),
}


@pytest.mark.parametrize(("spoil", "said"), BAD.values(), ids=BAD)
def test_B_a_wrong_store_is_refused_by_every_command_and_left_as_it_was(folder, spoil, said):
    spoil(folder / "heliograph.db")
    before = digests(folder)
    for words in (["serve"], ["migrate"], ["check"], ["account", "list"], ["store", "copy", folder / "c.db"]):
        code, complained = command(*words, "--dir", folder)
        assert code == 1, (words, complained)
        assert said in complained, (words, complained)
        assert digests(folder) == before, words
    code, complained = command("backup", folder.parent / "b", "--dir", folder)
    assert (code, said in complained) == (1, True), complained
    assert digests(folder) == before
    assert not (folder.parent / "b").exists()


def inside(mount, folder, *words):
    """Exit code and complaint of a command that sees `folder` through a mount of its own."""
    if shutil.which("unshare") is None or subprocess.run([*OWN_MOUNTS, "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount anything")
    done = subprocess.run(
        [*OWN_MOUNTS, "sh", "-c", f'{mount} && exec "$@"', str(folder), sys.executable, "-c", RUN, *words],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, " ".join(done.stderr.split())


def test_B_on_a_read_only_disk_a_gateway_does_not_start_and_says_why(folder):
    before = digests(folder)
    read_only = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'
    code, complained = inside(read_only, folder, "serve", "--dir", str(folder))
    assert code == 1
    assert f"cannot write in {folder}: Read-only file system; make it writable for this user" in complained
    assert digests(folder) == before


def test_B_on_a_full_disk_no_store_is_made_and_the_disk_is_named(tmp_path):
    tiny = 'mount -t tmpfs -o size=64k none "$0"'
    code, complained = inside(tiny, tmp_path, "migrate", "--dir", str(tmp_path))
    assert code == 1
    assert "migration 1 failed and changed nothing: database or disk is full; free disk" in complained
