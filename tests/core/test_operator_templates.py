"""Texts that fit an operator's template, and those that do not."""

from __future__ import annotations

import time

import pytest

from heliograph.core.operator_templates import OperatorTemplates, Pattern
from heliograph.model.templates import FLAGS, OperatorTemplate, TemplateKind, TemplateStatus

MTS, MEGAFON = "25001", "25002"


def kept(*templates):
    return OperatorTemplates([OperatorTemplate(*one) for one in templates])


def test_a_text_is_what_its_operator_admitted_for_its_sender():
    some = kept(
        (1, 7, "Shop", "Your code: %d", "mts_auth"),
        (2, 7, "Shop", "Your code: %d", "mega_trn"),
        (3, 7, "Shop", "Sale!", "mega_adv", TemplateStatus.REFUSED),
    )
    assert some.kind(7, "Shop", "Your code: 1234", MTS) == TemplateKind.AUTHORISATION
    assert some.kind(7, "Shop", "Your code: 1234", MEGAFON) == TemplateKind.TRANSACTIONAL
    for account, sender, text, network in (
        (8, "Shop", "Your code: 1234", MTS),
        (7, "Other", "Your code: 1234", MTS),
        (7, "Shop", "Your code: abc", MTS),
        (7, "Shop", "Your code: 1234", "25503"),
        (7, "Shop", "Sale!", MEGAFON),
    ):
        assert some.kind(account, sender, text, network) == 0
    assert OperatorTemplates().kind(7, "Shop", "Sale!", MTS) == 0


@pytest.mark.parametrize(
    ("template", "text", "fits"),
    [
        ("plain", "plain", True),
        ("plain", "plain ", False),
        ("", "", True),
        ("%d", "12345678901234567890", True),
        ("%d", "123456789012345678901", False),
        ("%d", "", False),
        ("%d", "١٢٣", False),
        ("%d{4,6} is your code", "1234 is your code", True),
        ("%d{4,6} is your code", "123 is your code", False),
        ("Dear %w, welcome", "Dear Anna, welcome", True),
        ("Dear %w, welcome", "Dear Anna Maria, welcome", False),
        ("Dear %w{1,2}, welcome", "Dear Anna Maria, welcome", True),
        ("Dear %w{1,2}, welcome", "Dear Anna Maria Luise, welcome", False),
        ("Dear %w, welcome", "Dear , welcome", False),
        ("%w and %w", "salt and pepper", True),
        ("%w and %w", "salt or pepper", False),
        ("a.b", "aXb", False),
        ("100% sure", "100% sure", True),
    ],
)
def test_places_take_digits_and_words(template, text, fits):
    assert Pattern(template).fits(text) is fits


def test_B17_no_template_makes_matching_long():
    hostile = Pattern("%w{1,100} a" * 80)
    before = time.perf_counter()
    assert not hostile.fits("a " * 500)
    assert time.perf_counter() - before < 0.1


def test_every_flag_of_the_specification_is_known():
    assert set(FLAGS) == {
        "mts_srv", "mts_auth", "mts_trn", "mega_srv", "mega_auth", "mega_trn", "mega_adv", "bee_srv", "bee_trn",
        "tele2_srv", "tele2_trn", "motiv_srv", "motiv_trn", "soc",
    }  # fmt: skip
