"""What languages call themselves, as the Unicode CLDR has it (through Babel).

Every page names every language it may be read in, and says which way it is written. For these two words Babel
would load all it knows about each: some fifteen megabytes in every process. A test holds them against it.
"""

OWN_NAMES = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "español",
    "fr": "français",
    "he": "עברית",
    "hi": "हिन्दी",
    "id": "Indonesia",
    "it": "italiano",
    "ja": "日本語",
    "kk": "қазақ тілі",
    "ko": "한국어",
    "ms": "Melayu",
    "nl": "Nederlands",
    "pl": "polski",
    "pt": "português",
    "ru": "русский",
    "th": "ไทย",
    "tr": "Türkçe",
    "vi": "Tiếng Việt",
    "zh_Hans": "中文 (简体)",
    "zh_Hant": "中文 (繁體)",
}

RIGHT_TO_LEFT = frozenset({"ar", "he"})
"""Those of them that are written from the right."""
