"""Sentiment of demo descriptions: texts a second, all at once and one at a time.

`python -m benchmarks.sentiment [TEXTS]`; cleaning, language and tokens are inside the time, loading is not.
"""

import json
import sys
import time

import numpy as np

from benchmarks.measure import in_a_process, peak_mb

BACKENDS = {"stanza-small": "stanza_small", "vader": "vader"}  # as printed -> as params name it
TEXTS = 50_000
SINGLE = 500
CHUNK = 1000  # as the stage reads them


def main() -> None:
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
        return
    count = sys.argv[1] if len(sys.argv) == 2 else str(TEXTS)
    found = {name: in_a_process("benchmarks.sentiment", backend, count) for name, backend in BACKENDS.items()}
    for name, figures in found.items():
        print(f"{name:14}", *(f"{key} {value:>10,.1f}" for key, value in figures.items()))
    print(json.dumps(found))


def measure(name: str, count: int) -> dict[str, float]:
    """Texts a second in chunks of the stage's size, peak MB, and how many times one at a time is slower."""
    from popularity.settings import load_settings
    from popularity.text.sentiment import open_sentiment

    texts = different_descriptions(count + SINGLE)
    options = load_settings().text_features.model_copy(update={"sentiment": name})
    with open_sentiment(options) as sentiment:
        sentiment.read(["A text that loads what is loaded late, for example a detector of languages."])
        start = time.perf_counter()
        for at in range(0, count, CHUNK):
            sentiment.read(texts[at : min(at + CHUNK, count)])
        together = count / (time.perf_counter() - start)
        start = time.perf_counter()
        for text in texts[count:]:
            sentiment.read([text])
        single = SINGLE / (time.perf_counter() - start)
    return {
        "texts_per_s": round(together, 1),
        "peak_mb": round(peak_mb(), 1),
        "ratio_to_single": round(together / single, 2),
    }


def different_descriptions(count: int) -> list[str]:
    """Demo descriptions, drawn until so many differ after cleaning; HTML and a link in some, a place in each."""
    from popularity.demo.text import THEMES, write_words
    from popularity.text.cleaning import clean

    rng = np.random.default_rng(1)
    themes = list(THEMES)
    seen: dict[str, str] = {}
    while len(seen) < count:
        theme = themes[int(rng.integers(len(themes)))]
        text = write_words(theme, float(rng.uniform(-1, 1)), rng).description
        text = text.replace(" ", f" {write_words(theme, None, rng).title} ", 1)
        if rng.random() < 0.2:
            text = f'<b>{text}</b> <a href="http://example.org/{len(seen)}">more</a>'
        seen.setdefault(clean(text), text)
    return list(seen.values())


if __name__ == "__main__":
    main()
