"""Cue lists, one file a language; adding a file here adds a language."""

from stillwatch.detect.classes.cues import (
    ar,
    de,
    en,
    es,
    every,
    fr,
    hi,
    id_,
    it,
    ja,
    ko,
    pt,
    ru,
    tr,
    vi,
    zh,
)

LANGUAGES: dict[str, dict[str, str]] = {
    "any": every.CUES,
    "en": en.CUES,
    "zh": zh.CUES,
    "es": es.CUES,
    "fr": fr.CUES,
    "de": de.CUES,
    "pt": pt.CUES,
    "it": it.CUES,
    "ru": ru.CUES,
    "ja": ja.CUES,
    "ko": ko.CUES,
    "ar": ar.CUES,
    "hi": hi.CUES,
    "tr": tr.CUES,
    "vi": vi.CUES,
    "id": id_.CUES,
}
"""Cues of each language by group; within a group, cues are parted by semicolons."""
