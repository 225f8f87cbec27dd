"""Our nouns: values that every room uses. Nothing here does I/O or knows the time."""
