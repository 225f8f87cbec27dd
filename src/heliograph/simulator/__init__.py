"""Carriers with personalities."""
