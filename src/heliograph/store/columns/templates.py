"""The rows of customers' templates, and of texts registered at operators."""

from __future__ import annotations

from typing import Any

from heliograph.model.templates import OperatorTemplate, Template, TemplateStatus

COLUMNS = "id, account_id, name, text, format, sender, signs"
REGISTERED = "id, account_id, sender, text, flag, status"


def values(template: Template) -> tuple[str, str, str, str, int]:
    """name, text, format, sender, signs (0 or 1)."""
    return (template.name, template.text, template.format, template.sender, int(template.signs))


def template_of(row: tuple[Any, ...]) -> Template:
    """The template that stands in a row of `COLUMNS`."""
    id_, account_id, name, text, form, sender, signs = row
    return Template(id_, account_id, name, text, form, sender, bool(signs))


def registered_values(one: OperatorTemplate) -> tuple[Any, ...]:
    """account_id, sender, text, flag, status."""
    return (one.account_id, one.sender, one.text, one.flag, int(one.status))


def registered_of(row: tuple[Any, ...]) -> OperatorTemplate:
    """The text that stands in a row of `REGISTERED`."""
    id_, owner, sender, text, flag, status = row
    return OperatorTemplate(id_, owner, sender, text, flag, TemplateStatus(status))
