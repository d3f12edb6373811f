"""Look a text up by key; one TOML file per language, English being the complete one.

Keys are dotted (``status.complete``). A text may hold ``{name}`` fields. A missing key in another language
falls back to English; a missing key in English is a defect and raises.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any

from carbonlab.errors import NotFoundError, name_parts

_language = "en"


def available_languages() -> tuple[str, ...]:
    """Return the language codes for which a catalogue is packaged."""
    folder = resources.files("carbonlab.messages")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def set_language(code: str) -> None:
    """Choose the language of reports, tables, findings and displays for this process.

    Parameters
    ----------
    code : str
        Full name of a locale: ``en`` or ``zh_CN`` (``zh-CN`` is the same one).

    Raises
    ------
    NotFoundError
        If there is no catalogue for `code`.
    """
    global _language
    known = {name.replace("_", "-").casefold(): name for name in available_languages()}
    name = known.get(code.replace("_", "-").casefold())
    if name is None:
        raise NotFoundError(
            f"there is no message catalogue for the language {code!r}",
            remedy=f"choose one of {', '.join(available_languages())}",
        )
    _language = name
    name_parts(**{part: message(f"error.{part}") for part in ("where", "why", "remedy", "trace")})


def current_language() -> str:
    """Return the code of the language that was chosen, ``en`` if none was."""
    return _language


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Speak a language for the length of a ``with`` block; an empty code changes nothing.

    Examples
    --------
    >>> with in_language("zh_CN"):
    ...     message("stage.use")
    '使用'
    """
    before = _language
    if code:  # nothing is read where nothing is asked for: commands start fast
        set_language(code)
    try:
        yield
    finally:
        if _language != before:
            set_language(before)


def has_message(key: str) -> bool:
    """Whether the English catalogue has the key."""
    return key in _texts("en")


def message(key: str, /, **values: Any) -> str:
    """Return the text of a key in the chosen language with its fields filled in.

    Raises
    ------
    NotFoundError
        If the key is in no catalogue: a text that was never written.
    """
    text = _texts(_language).get(key) or _texts("en").get(key)
    if text is None:
        raise NotFoundError(f"the message catalogue has no text {key!r}", remedy="add it to messages/en.toml")
    return text.format(**values)


def translated(text: str) -> str:
    """Return a sentence of the packaged rule sets and requirements in the chosen language, or as it is.

    Rule files are data: their titles and notes are written in one language by their authors. Those in the package
    have translations (``sentences/``); those of users are shown as they were written.
    """
    return _sentences(_language).get(text, text)


@cache
def _sentences(language: str) -> dict[str, str]:
    file = resources.files("carbonlab.messages").joinpath("sentences", f"{language}.toml")
    if not file.is_file():
        return {}
    pairs = tomllib.loads(file.read_text(encoding="utf-8"))["sentence"]
    return {pair["text"]: pair["translation"] for pair in pairs}


@cache
def _texts(language: str) -> dict[str, str]:
    content = resources.files("carbonlab.messages").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return _flatten(tomllib.loads(content), "")


def _flatten(table: dict[str, Any], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat
