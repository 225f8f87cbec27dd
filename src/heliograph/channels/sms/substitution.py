"""Characters that force Unicode without need, and what stands for them just as well in seven bits.

Word processors put curly quotes, long dashes and blanks that do not break where a keyboard puts plain ones; one of
them halves the room of a text. Only what reads the same is replaced: no letter loses its accent, no word its sense.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from heliograph.channels.sms.alphabet import DEFAULT

_SAME: Final[dict[str, str]] = {
    **dict.fromkeys("“”„‟«»″〃＂", '"'),
    **dict.fromkeys("‘’‚‛‹›′`´ʹʻʼʽˈ＇", "'"),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    **dict.fromkeys("\t\u00a0\u1680\u202f\u205f\u3000", " "),
    **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
    **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", ""),
    **dict.fromkeys("\u0085\u2028\u2029", "\n"),
    "…": "...",
    "‥": "..",
    "•": "-",
    "∙": "-",
    "⁄": "/",
    "∕": "/",
    "ˆ": "^",
    "˜": "~",
    "∼": "~",
    "∗": "*",
    "‼": "!!",
    "⁇": "??",
}
_TABLE: Final = str.maketrans(_SAME)


def substitute(text: str) -> str:
    """The text with what reads the same in the default alphabet; unchanged if that does not bring it into it.

    A letter with its accent as two characters becomes one where Unicode has it. What belongs to a letter of another
    script is left alone, so a text that stays Unicode stays as the customer wrote it.
    """
    if DEFAULT.has(text):
        return text
    plain = unicodedata.normalize("NFC", text).translate(_TABLE)
    return plain if DEFAULT.has(plain) else text
