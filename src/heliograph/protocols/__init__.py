"""Published wire protocols as byte machines that know nothing of us."""
