"""Files that come with a request of SMSC's directory: what they are is read in them, not in their names.

A file counts as what its first octets say, and its name has to agree. Names are shown to people and are never paths:
only the last piece of what a client calls a file is kept, without control characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from heliograph.dialects.smsc_request import Upload, WrongRequest
from heliograph.model.senders import Paper

MOST_OCTETS: Final = 3 << 20
MOST_FILES: Final = 10
MOST_NAME: Final = 100

_BEGINNINGS: Final = (
    ("jpg", b"\xff\xd8\xff"),
    ("tif", b"II*\x00"),
    ("tif", b"MM\x00*"),
    ("pdf", b"%PDF-"),
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("zip", b"PK\x03\x04"),
    ("rar", b"Rar!\x1a\x07"),
)
_ENDINGS: Final = {"jpeg": "jpg", "tiff": "tif"}
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def read_papers(uploads: Iterable[Upload], remark: str) -> tuple[Paper, ...]:
    """The files of a request: jpg, tif, pdf, png, zip or rar, up to 3 MB each. Raises `WrongRequest`."""
    papers = tuple([_paper(upload, remark) for upload in uploads if upload.data or upload.filename])
    if len(papers) > MOST_FILES:
        raise WrongRequest
    return papers


def _paper(upload: Upload, remark: str) -> Paper:
    name = _UNSEEN.sub("", re.split(r"[/\\]", upload.filename)[-1]).strip(" .")
    stem, _, ending = name.rpartition(".")
    ending = ending.lower()
    kind = next((kind for kind, beginning in _BEGINNINGS if upload.data.startswith(beginning)), "")
    if not kind or not stem or len(upload.data) > MOST_OCTETS or _ENDINGS.get(ending, ending) != kind:
        raise WrongRequest
    return Paper(f"{stem[: MOST_NAME - len(ending) - 1]}.{ending}", kind, remark, upload.data)
