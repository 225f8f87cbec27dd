"""Why a room of the back office does not do what it was asked, for whoever asks: a door, the command line."""

from __future__ import annotations


class NothingFound(Exception):
    """There is no such thing, or none that belongs to the account."""


class NotSaved(Exception):
    """It cannot be kept as it is: it stands against something that is there already."""
