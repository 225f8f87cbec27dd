"""What a text would take if it were written otherwise: the lens, substitution, transliteration, shortening."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.channels.sms import Coding, Language, Measured, NotText, first_unicode_char, measure
from heliograph.channels.sms.lens import Foreign, Way, look, shorten
from heliograph.channels.sms.substitution import substitute
from heliograph.channels.sms.transliteration import LOOK_ALIKE, ORDINARY, transliterate

RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
UKRAINIAN = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
BELARUSIAN = "абвгдеёжзійклмнопрстуўфхцчшыьэюя"
KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


# -- transliteration ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ordinary", "look_alike"),
    [
        ("транслит", "translit", "mpaHc/Ium"),  # smsc-messages.md 2.5
        ("Привет", "Privet", "npuBem"),
        ("Щука, ЩУКА, Щ", "Schuka, SCHUKA, Sch", "W,yka, W,YKA, W,"),
        ("Юг и ЮГ", "Yug i YUG", "I-Or u I-Or"),
        ("Я", "Ya", "9I"),
        ("объём", "obyom", "o6'beM"),
        ("Київ, їжак", "Kyyiv, yizhak", "KuiB, i>I<ak"),
        ("Гарне замовлення готове: ґанок і п'ять", "Harne zamovlennya hotove: ganok i p'yat'", None),
        ("пʼять", "p'yat'", "n'9Imb"),
        ("Беларусь: ўсё", "Belarus': usyo", "6e/Iapycb: y'ce"),
        ("Қазақстан", "Qazaqstan", "K,a3ak,cmaH"),
        ("қазір ғимарат", "qazir gimarat", None),
        ("No Cyrillic: 5 €", "No Cyrillic: 5 €", "No Cyrillic: 5 €"),
        ("", "", ""),
    ],
)
def test_a_cyrillic_text_is_written_in_latin_letters(text, ordinary, look_alike):
    assert transliterate(text, ORDINARY) == ordinary
    if look_alike is not None:
        assert transliterate(text, LOOK_ALIKE) == look_alike


@pytest.mark.parametrize("style", [ORDINARY, LOOK_ALIKE])
@pytest.mark.parametrize("alphabet", [RUSSIAN, UKRAINIAN, BELARUSIAN, KAZAKH])
def test_every_letter_of_four_alphabets_becomes_seven_bit_text(alphabet, style):
    for letters in (alphabet, alphabet.upper(), alphabet.title()):
        assert first_unicode_char(transliterate(letters, style)) is None


@given(st.text(max_size=200))
def test_transliteration_touches_nothing_but_cyrillic_and_the_apostrophe(text):
    kept = [
        character for character in text if "CYRILLIC" not in unicodedata.name(character, "") and character not in "ʼ’"
    ]
    text = "".join(kept)
    for style in (ORDINARY, LOOK_ALIKE):
        assert transliterate(text, style) == text


# -- substitution ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“It’s here” — now…", '"It\'s here" - now...'),
        ("5\u00a0000\u202f€", "5 000 €"),
        ("«Zürich»\u200b", '"Zürich"'),
        ("tab\there", "tab here"),
        ("Zu\u0308rich", "Zürich"),
        ("one\u2028two", "one\ntwo"),
        ("`code`", "'code'"),
        ("plain", "plain"),
        ("“Привіт”", "“Привіт”"),  # stays Unicode, so it stays as it was
        ("ça va… 😀", "ça va… 😀"),
        ("ça", "ça"),
    ],
)
def test_what_reads_the_same_is_put_in_its_place(text, plain):
    assert substitute(text) == plain


@given(st.text(max_size=200))
def test_substitution_gives_seven_bit_text_or_leaves_all_alone(text):
    plain = substitute(text)
    assert plain == text or first_unicode_char(plain) is None


# -- the lens ----------------------------------------------------------------------------------------------------------


def test_the_lens_names_what_forces_unicode_and_what_it_costs():
    text = "Your order is ready, it’s waiting for you in the shop at the corner of High Street"
    seen = look(text)
    assert seen.measured == Measured(Coding.UCS2, 82, 2)
    assert seen.foreign == (Foreign(23, "’", "RIGHT SINGLE QUOTATION MARK"),)
    (only,) = seen.cheaper
    assert (only.way, only.measured) == (Way.SUBSTITUTED, Measured(Coding.GSM7, 82, 1))
    assert only.text == text.replace("’", "'")


def test_the_lens_offers_national_tables_and_transliteration():
    seen = look("Қызметіңіз қосылды. " * 6, languages={Language.TURKISH})
    assert [(writing.way, writing.measured.parts) for writing in seen.cheaper] == [(Way.TRANSLITERATED, 1)]
    seen = look("Замовлення готове. " * 6)
    assert [(writing.way, writing.measured.parts) for writing in seen.cheaper] == [
        (Way.TRANSLITERATED, 1),
        (Way.LOOK_ALIKE, 1),
    ]
    seen = look("Kargonuz dağıtıma çıktı. " * 4, languages={Language.TURKISH, Language.URDU})
    (only,) = seen.cheaper
    assert (only.way, only.languages, only.measured.parts) == (Way.NATIONAL, {Language.TURKISH}, 1)


def test_the_lens_has_nothing_to_offer_for_one_part():
    seen = look("Привіт, “світе”")
    assert (seen.measured.parts, seen.cheaper) == (1, ())
    assert [foreign.character for foreign in seen.foreign] == list("Привіт“світе”")


def test_the_lens_shows_a_hundred_characters_at_most():
    seen = look("Ї" * 500)
    assert len(seen.foreign) == 100
    assert seen.measured == Measured(Coding.UCS2, 500, 8)


@given(st.text(alphabet="abcЩяїқ “”—😀ğ €{", max_size=400), st.booleans())
def test_B12_what_the_lens_counts_is_what_is_counted(text, wide):
    seen = look(text, languages={Language.TURKISH}, wide_reference=wide)
    assert seen.measured == measure(text, wide_reference=wide)
    first = first_unicode_char(text)
    assert (first is None) == (seen.foreign == ())
    if first is not None:
        assert (seen.foreign[0].place, seen.foreign[0].character) == first
    for writing in seen.cheaper:
        assert writing.measured == measure(writing.text, wide_reference=wide, languages=writing.languages)
        assert writing.measured.parts < seen.measured.parts


# -- shortening --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts", "kept"),
    [
        ("a" * 160, 1, 160),
        ("a" * 161, 1, 160),
        ("a" * 400, 2, 306),
        ("я" * 71, 1, 70),
        ("я" * 300, 2, 134),
        ("€" * 100, 1, 80),
        ("a" * 159 + "€", 1, 159),
        ("a" * 200 + "я", 1, 160),  # without the letter it is a seven-bit text
        ("я" * 69 + "😀", 1, 69),
        ("я" * 69 + "e\u0301" + "я", 1, 69),
        ("", 1, 0),
    ],
)
def test_a_text_is_shortened_to_the_parts_asked_for(text, parts, kept):
    assert shorten(text, parts) == text[:kept]


@given(st.text(alphabet="abя€😀\u0301👍\U0001f3fd", max_size=400), st.integers(1, 4))
def test_a_shortened_text_is_a_beginning_that_fits(text, parts):
    kept = shorten(text, parts)
    assert text.startswith(kept)
    assert measure(kept).parts <= parts
    if kept != text:
        assert measure(text).parts > parts
        assert kept


def test_a_text_of_more_parts_than_a_message_can_have_is_shortened():
    assert shorten("я" * 100_000, 255) == "я" * 17_085


def test_what_is_no_text_is_not_shortened():
    with pytest.raises(NotText):
        shorten("a\0", 1)
