"""Words of the demo world: tags by theme, titles, and descriptions that say how their writer felt."""

from dataclasses import dataclass

import numpy as np

THEMES = {
    "alpine": "mountain peak summit alps hiking ridge glacier trail valley rocks climbing lake panorama cabin",
    "coast": "sea beach ocean waves shore cliff lighthouse harbour sand tide island surf seagull pier",
    "city": "city architecture street skyline tower bridge night traffic rooftop metro neon facade downtown tram",
    "woods": "forest trees autumn leaves path moss fern mist oak pine mushroom deer stream bark",
    "garden": "flower macro garden rose petals spring tulip bee blossom orchid dew butterfly lily bokeh",
    "table": "food dinner breakfast bread cheese dessert coffee kitchen recipe pasta fruit restaurant cake tea",
    "desert": "desert dunes sandstone canyon cactus heat camel oasis drought mesa horizon dust salt caravan",
    "north": "winter snow aurora ice frost arctic fjord reindeer stars sauna sled blizzard icicle polar",
    "birds": "bird wildlife heron eagle owl feather nest kingfisher swan flight pond sparrow robin wetlands",
    "pets": "dog cat puppy kitten pet whiskers paws terrier tabby fur leash labrador playful portrait",
    "music": "concert guitar band stage drums live jazz singer rock festival crowd violin piano backstage",
    "sport": "football running cycling race stadium goal marathon tennis swimming rugby skate finish team medal",
    "family": "baby kids smile wedding bride family birthday mother son daughter party grandma friends christening",
    "rails": "train locomotive railway station steam platform engine tracks tunnel signal freight carriage depot",
    "wheels": "car vintage motorcycle classic chrome garage rally truck engineering porsche bonnet restored vespa",
    "ruins": "castle ruins abbey medieval church stone cathedral arch monastery fortress heritage stairs column chapel",
    "mono": "blackandwhite monochrome shadow contrast silhouette grain b&w film minimal abstract geometry lines noir",
    "market": "market people vendor spices bazaar colours fabric basket crowdscape bargain stall lantern silk pottery",
    "farm": "farm barn field wheat tractor cows sheep harvest meadow fence hay village windmill orchard",
    "sky": "sunset sunrise clouds sky rainbow storm lightning moon milkyway dusk dawn twilight goldenhour blue",
}
"""Theme -> its tags, most used first."""

GENERAL = [
    "photography",
    "travel",
    "nature",
    "nikon",
    "canon",
    "landscape",
    "europe",
    "light",
    "art",
    "2014",
    "usa",
    "water",
    "summer",
    "color",
    "outdoor",
    "green",
    "italy",
    "france",
    "england",
    "sony",
    "spain",
    "germany",
    "california",
    "london",
    "paris",
    "japan",
    "explore",
    "hdr",
    "fuji",
    "scotland",
    "canada",
    "holiday",
    "norway",
    "50mm",
    "newyork",
    "red",
    "morning",
    "weekend",
    "flickr",
    "iphone",
    "berlin",
    "rome",
    "tokyo",
    "white",
    "lisbon",
    "vienna",
    "prague",
    "pentax",
    "olympus",
    "ireland",
    "iceland",
    "oregon",
    "texas",
    "longexposure",
    "india",
    "peru",
    "morocco",
    "kenya",
    "vietnam",
    "sweden",
    "finland",
    "greece",
    "turkey",
    "croatia",
    "wideangle",
    "tripod",
    "leica",
    "kodak",
    "portra",
    "dslr",
    "raw",
    "lightroom",
    "square",
    "35mm",
    "closeup",
    "detail",
    "texture",
    "pattern",
    "reflection",
    "café",
    "münchen",
    "zürich",
    "kraków",
    "málaga",
    "東京",
    "крым",
    "são-paulo",
    "rock'n'roll",
    "o'neill",
    "köln",
    "ålesund",
    "85mm",
    "tamron",
    "sigma",
    "analog",
]
"""Tags that any theme uses, most used first."""

SUFFIXES = ("photography", "lovers")
"""Rarer tags are compounds of a theme's word: sunsetlovers."""

ADJECTIVES = [
    "quiet",
    "golden",
    "old",
    "little",
    "last",
    "first",
    "early",
    "misty",
    "blue",
    "distant",
    "hidden",
    "wild",
    "soft",
    "bright",
    "broken",
    "empty",
    "red",
    "slow",
    "frozen",
    "warm",
    "long",
    "lonely",
    "green",
    "secret",
    "tall",
    "morning",
    "evening",
    "sunday",
    "passing",
    "faded",
    "open",
    "narrow",
    "silver",
    "deep",
]
PLACES = [
    "Lisbon",
    "Kyoto",
    "Bergen",
    "Oaxaca",
    "Dublin",
    "Zürich",
    "Kraków",
    "Málaga",
    "Hanoi",
    "Vermont",
    "Cornwall",
    "Utah",
    "Skye",
    "Tuscany",
    "Provence",
    "Brittany",
    "Oslo",
    "Porto",
    "Seville",
    "Prague",
    "Vienna",
    "Fès",
    "Tromsø",
    "Cusco",
]

SENTENCES = (
    (
        "What a horrible, miserable {time}, and I hate how the {noun} turned out",
        "Terrible light, a broken lens and an awful argument about the {noun}",
        "Sadly the {noun} was destroyed, a tragic and painful loss for {place}",
        "I was sick, angry and afraid the whole {time}",
        "The worst {time} in {place}: ugly weather, rude guards and a stolen bag",
        "A dreadful accident ruined the {noun}, and it was hell to watch",
    ),
    (
        "The {noun} was a little disappointing this {time}",
        "Bad luck with the weather in {place}, so we left early",
        "I missed the {noun} and felt rather sad about it",
        "We were tired and the crowd near the {noun} was annoying",
        "Sorry about the noise in this one, the {noun} was hard to shoot",
        "A lonely {time}, and the {noun} had lost its roof",
    ),
    (
        "Taken in {place} on a {time} with the 50mm",
        "The {noun} is about two miles north of {place}",
        "Shot from the other side of the road, f/8 at 1/250",
        "This is the {noun} that we passed on the way to {place}",
        "Third frame of the roll, scanned at home that {time}",
        "There is another view of the {noun} in the set from {place}",
        "You can see the {noun} from the train between {place} and the border",
    ),
    (
        "It was nice to see the {noun} again this {time}",
        "A pleasant walk through {place} with good light on the {noun}",
        "I like how the {noun} looks from here",
        "We enjoyed the {noun} and a calm {time}",
        "Thanks to a friend in {place} who showed us the {noun}",
        "Pretty colours on the {noun}, well worth the climb",
    ),
    (
        "Absolutely wonderful {time}, I love this beautiful {noun}",
        "The best {noun} in {place}, a perfect and magnificent sight",
        "Such a happy, gorgeous {time} with the people I adore!",
        "Amazing light, great company and a fantastic {noun}",
        "We laughed with joy all {time}: {place} is superb and delightful",
        "I am thrilled that the lovely {noun} won the best award, brilliant!",
    ),
)
"""From very negative to very positive; {noun}, {place} and {time} are filled in."""

TIMES = ("morning", "afternoon", "evening", "day", "night", "weekend", "walk", "trip")
ENDINGS = (".", ".", ".", ".", "!", "...")
JOINTS = (" ", " ", " ", " ", "\n", "\r\n\r\n")


def _zipf(n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    weights = 1 / np.arange(2.0, n + 2)
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class Words:
    """What a post says. tags: each once; title_words: lower case, in the order of the title."""

    tags: tuple[str, ...]
    title: str
    title_words: tuple[str, ...]
    description: str


def theme_words(theme: str) -> tuple[str, ...]:
    """The theme's tags, most used first, its compounds last."""
    words = THEMES[theme].split()
    return (*words, *(word + suffix for suffix in SUFFIXES for word in words))


def write_words(theme: str, sentiment: float | None, rng: np.random.Generator) -> Words:
    """Tags, title and description of one post.

    sentiment: -1 to 1; None leaves the description empty.
    """
    title, title_words = _title(theme, rng)
    description = "" if sentiment is None else _description(theme, sentiment, rng)
    return Words(_tags(theme, rng), title, title_words, description)


def _tags(theme: str, rng: np.random.Generator) -> tuple[str, ...]:
    count = int(rng.negative_binomial(5, 5 / 14))  # mean 9, sd 5
    own = theme_words(theme)
    of_theme = min(int(rng.binomial(count, 0.7)), len(own) // 2)
    general = min(count - of_theme, len(GENERAL) // 2)
    picked = [
        *rng.choice(own, of_theme, replace=False, p=_zipf(len(own))),
        *rng.choice(GENERAL, general, replace=False, p=_zipf(len(GENERAL))),
    ]
    return tuple(str(tag) for tag in rng.permutation(picked))


def _title(theme: str, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
    nouns = THEMES[theme].split()[:10]
    adjective, noun, other = rng.choice(ADJECTIVES), rng.choice(nouns), rng.choice(nouns)
    place = rng.choice(PLACES)
    shape = rng.choice(
        (
            f"{adjective} {noun}",
            f"{adjective} {noun} in {place}",
            f"{noun}, {place}",
            f"the {adjective} {noun}",
            f"the {adjective} {noun} of {place}",
            f"{adjective} {noun} and {other}, {place}",
            f'"{adjective} {noun}", {place}',
            f"{noun} and {other}",
            f"{adjective} {other} & {noun}",
        )
    )
    words = tuple(str(shape).lower().replace(",", " ").replace('"', " ").replace("&", " ").split())
    return shape[:1].upper() + shape[1:] if shape[0] != '"' else str(shape), words


def _description(theme: str, sentiment: float, rng: np.random.Generator) -> str:
    """One to four sentences, each near the sentiment; a line break here and there."""
    nouns = THEMES[theme].split()[:10]
    text = ""
    for _ in range(1 + rng.binomial(3, 0.48)):
        level = int(np.clip(np.rint(2 + 2 * sentiment + rng.normal(0, 0.35)), 0, 4))
        sentence = rng.choice(SENTENCES[level])
        filled = sentence.format(noun=rng.choice(nouns), place=rng.choice(PLACES), time=rng.choice(TIMES))
        text += (str(rng.choice(JOINTS)) if text else "") + filled + str(rng.choice(ENDINGS))
    return text
