"""Templates: a customer's own, and those of operators."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.templates import OperatorTemplate, Template, TemplateStatus


async def test_a_template_comes_back_as_it_was_and_changes(store):
    template = Template(0, 1, "Назва", "текст\n, %", "flash", "Shop", True)
    id_ = await store.templates.add(template)
    other = await store.templates.add(Template(0, 2, "n", "t"))
    template = replace(template, id=id_)
    assert await store.templates.of_account(1) == [template]
    await store.templates.save(replace(template, id=other))
    await store.templates.remove(replace(template, id=other))
    assert await store.templates.of_account(2) == [Template(other, 2, "n", "t")]
    await store.templates.save(replace(template, text="new", signs=False))
    assert await store.templates.of_account(1) == [replace(template, text="new", signs=False)]
    await store.templates.remove(template)
    assert await store.templates.of_account(1) == []


async def test_how_a_registered_text_stands_can_be_changed(store):
    await store.templates.register([OperatorTemplate(0, 1, "Shop", "code %d", "mts_srv", TemplateStatus.WAITING)])
    (kept,) = await store.templates.registered(1)
    changed = await store.templates.moderate(kept.id, TemplateStatus.REFUSED)
    assert changed == replace(kept, status=TemplateStatus.REFUSED)
    assert await store.templates.registered(1) == [changed]
    assert await store.templates.moderate(kept.id + 1, TemplateStatus.ADMITTED) is None


async def test_a_text_is_registered_once_at_an_operator(store):
    rows = [OperatorTemplate(0, 1, "Shop", "code %d", flag, TemplateStatus.WAITING) for flag in ("mts_srv", "bee_srv")]
    await store.templates.register(rows)
    await store.templates.register([replace(rows[0], status=TemplateStatus.REFUSED), replace(rows[0], account_id=2)])
    kept = await store.templates.registered(1)
    assert [replace(one, id=0) for one in kept] == rows
    assert kept[0].id < kept[1].id
    assert [one.account_id for one in await store.templates.registered(None)] == [1, 1, 2]
