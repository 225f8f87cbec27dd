"""Short messages: alphabets, parts, headers and numbers. Pure."""

from heliograph.channels.sms.alphabet import (
    NotText,
    decode_gsm7,
    decode_ucs2,
    encode_gsm7,
    encode_ucs2,
    first_unicode_char,
    pack,
    unpack,
)
from heliograph.channels.sms.national import Language
from heliograph.channels.sms.split import Coding, Measured, Part, TooLong, measure, split
from heliograph.channels.sms.udh import concatenation

__all__ = [
    "Coding",
    "Language",
    "Measured",
    "NotText",
    "Part",
    "TooLong",
    "concatenation",
    "decode_gsm7",
    "decode_ucs2",
    "encode_gsm7",
    "encode_ucs2",
    "first_unicode_char",
    "measure",
    "pack",
    "split",
    "unpack",
]
