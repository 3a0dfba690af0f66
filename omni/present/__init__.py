"""Words, pictures and paper: locales, wording, QR symbols and print formats."""
