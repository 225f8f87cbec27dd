"""Heliograph: a self-hosted messaging gateway. What is accepted is kept."""

__version__ = "0.1.0.dev0"
