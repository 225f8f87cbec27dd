"""The data folder of one gateway: what lies where, and the key that is made once.

heliograph.db      the store (with -wal and -shm beside it while open)
heliograph.lock    held by the one process that owns the folder
node.name          what this node is called among those that share a database; never copied to another folder
secret.key         key of the digests of tokens and API keys; a backup without it makes all of them worthless
control.sock       control socket of a running gateway
carrier-NAME.log   memory of a simulated carrier
carrier-NAME.parts what it was given, octet for octet, where `capture` asks for it
carrier-NAME.pcap  what was said to a carrier by SMPP, where `capture` asks for it
smpp-NAME.pcap     what was said to a customer's system_id, where `smpp.capture` names it
demo.json          what the demo printed, so that it prints the same again
demo.env           the same for a shell, with the address of this start
demo.pem           certificate and key of `demo --tls`
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


class BadInstallation(Exception):
    """The folder cannot be used; the text names the remedy."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder. Paths are not checked before they are used."""

    folder: Path

    @property
    def control(self) -> Path:
        """The control socket."""
        return self.folder / "control.sock"

    @property
    def demo(self) -> Path:
        """The demo's credentials, mode 0600."""
        return self.folder / "demo.json"

    def store(self, path: str) -> Path:
        """The database file; `path` as in the configuration."""
        return self.folder / path

    def carrier(self, name: str) -> Path:
        """What the simulated carrier of this name remembers."""
        return self.folder / f"carrier-{name}.log"

    def captured(self, name: str) -> Path:
        """What the simulated carrier of this name was given, if it keeps that."""
        return self.folder / f"carrier-{name}.parts"

    def said_to_carrier(self, name: str) -> Path:
        """What was said to the carrier of this name by SMPP, if that is kept."""
        return self.folder / f"carrier-{name}.pcap"

    def said_to_customer(self, system_id: str) -> Path:
        """What was said to this system_id, if that is kept."""
        return self.folder / f"smpp-{quote(system_id, safe='')}.pcap"

    @property
    def lock(self) -> Path:
        """Held by the one gateway that runs here."""
        return self.folder / "heliograph.lock"

    def node_name(self) -> str:
        """What this folder's node is called; made at the first call ever. Raises `BadInstallation`."""
        path = self.folder / "node.name"
        try:
            name = path.read_text("ascii").strip()
        except FileNotFoundError:
            name = ""
        except (OSError, ValueError) as error:
            raise BadInstallation(f"{path} cannot be read: {error}; remove it, and another name is made") from None
        if not name:
            name = secrets.token_hex(8)
            write_private(path, name + "\n")
        return name

    def secret(self) -> bytes:
        """The installation's key; made, durable and 0600, at the first call ever. Raises `BadInstallation`."""
        path = self.folder / "secret.key"
        try:
            return bytes.fromhex(path.read_text("ascii").strip())
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise BadInstallation(f"{path} cannot be read: {error}; restore it from a backup") from None
        key = secrets.token_bytes(32)
        write_private(path, key.hex() + "\n")
        return key

    def make(self) -> None:
        """Create the folder, for its owner only. Raises `BadInstallation`."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BadInstallation(f"the folder {self.folder} cannot be made: {error.strerror}") from None


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 whole or not at all, durable on return. Raises `BadInstallation`."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, text.encode("utf-8"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadInstallation(f"{path} cannot be written: {error.strerror}") from None
