"""SMPP 3.4 as byte machines that know nothing of us."""
