"""What a medium allows: address form, alphabet, parts; pure."""
