"""Searches in natural language: an approximation by the words that occur.

The real service compares what models see and hear in the pictures. Here an asset is found if words
of the text stand in its title, description or tags, or in what was read off its pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from fake_ims.library.assets import Asset, AssetStore

if TYPE_CHECKING:
    from fake_ims.library.index import Selection

MOST_TERMS: Final = 100
"""How many words of a text count."""

_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Characters of scripts that put no spaces between words: Chinese and Japanese."""

_RUN: Final = re.compile(f"[{_UNSPACED}]+|[^\\W_{_UNSPACED}]+")
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")
_IDLE: Final = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on",
    "or", "that", "the", "this", "to", "was", "were", "with",
})  # fmt: skip
"""Words that say nothing of a picture."""


def terms_of(text: str) -> tuple[str, ...]:
    """What of a text is looked for: its words, without those that say nothing and without the
    plural's s; of scripts without spaces, each two characters side by side.
    """
    terms: dict[str, None] = {}
    idle: dict[str, None] = {}
    for match in _RUN.finditer(text.casefold()):
        run = match[0]
        if _IS_UNSPACED.match(run):
            pairs = [run[at : at + 2] for at in range(len(run) - 1)] or [run]
            terms.update(dict.fromkeys(pairs))
        elif run in _IDLE:
            idle[run] = None
        else:
            terms[run.removesuffix("s") if len(run) > 3 else run] = None
        if len(terms) >= MOST_TERMS:
            break
    return tuple(terms or idle)[:MOST_TERMS]


def scorer(text: str) -> Callable[[Asset], float]:
    """How well an asset fits a text: the share of its terms that occur, from 0 to 1."""
    terms = [(term, _whole_word(term)) for term in terms_of(text)]

    def score(asset: Asset) -> float:
        said = _said_of(asset)
        found = sum(term in said and word.search(said) is not None for term, word in terms)
        return round(found / len(terms), 4) if terms else 0.0

    return score


def _whole_word(term: str) -> re.Pattern[str]:
    if _IS_UNSPACED.match(term):
        return re.compile(re.escape(term))
    return re.compile(f"(?<![^\\W_{_UNSPACED}]){re.escape(term)}(?:s|es)?(?![^\\W_{_UNSPACED}])")


def _said_of(asset: Asset) -> str:
    insights = asset.insights
    labels = (label.label_name for label in insights.labels)
    said = (asset.title, asset.description or "", *asset.media_tags, *insights.ocr, *labels)
    return "\n".join(said).casefold()


def ranked(found: Selection, assets: AssetStore, text: str | None) -> list[tuple[float, Asset]]:
    """Those of the selected assets that fit at all, best first, of equal ones the newest.

    Without a text all of them fit.
    """
    score = (lambda asset: 1.0) if text is None else scorer(text)
    scored = ((score(assets[entry[2]]), entry) for entry in found.entries())
    fitting = sorted((each for each in scored if each[0]), reverse=True)
    return [(share, assets[entry[2]]) for share, entry in fitting]
