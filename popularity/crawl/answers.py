"""What Flickr's API answers, as far as it is read here; what is beside it is left.

Each as https://www.flickr.com/services/api/ documents it. Numbers come as numbers or as text.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

SIZES = ("url_m", "url_z", "url_n", "url_c", "url_l", "url_s")
"""Which photo is taken, the best first: 500 px on the longer side, 640, 320, 800, 1024, 240. Stored are 320."""

MOST = 2**53
"""Of a count: beyond it floats are not exact."""


def _words(given: Any) -> Any:
    """Text, also where it stands under `_content`, as it can be written: without NUL and halves of surrogates."""
    text = given.get("_content", "") if isinstance(given, dict) else given
    if not isinstance(text, str):
        return text
    return text.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


Words = Annotated[str, BeforeValidator(_words)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Id = Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]
Owner = Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Photo(Answer):
    """A post among the results of a search, with the extras of `discover.EXTRAS`."""

    id: Id
    owner: Owner
    dateupload: Count
    title: Words = ""
    description: Words = ""
    tags: Words = ""
    views: Count | None = None
    media: str = "photo"
    url_m: str = ""
    url_z: str = ""
    url_n: str = ""
    url_c: str = ""
    url_l: str = ""
    url_s: str = ""

    @property
    def link(self) -> str:
        """To the photo, in the best of SIZES that it has; "" where it has none."""
        return next((link for size in SIZES if (link := getattr(self, size))), "")


class Results(Answer):
    """A page of posts. photo: each as `Photo`, or not: one that cannot be read is no reason to refuse the page."""

    pages: Count
    total: Count
    photo: list[dict[str, Any]]


class Page(Answer):
    """Of photos.search and people.getPublicPhotos."""

    photos: Results


class Group(Answer):
    members: Count | None = None


class Groups(Answer):
    group: list[Group] = []


class GroupsOf(Answer):
    """Of people.getPublicGroups."""

    groups: Groups


class Tag(Answer):
    content: Annotated[Words, Field(alias="_content")]


class Tags(Answer):
    tag: list[Tag] = []


class Whose(Answer):
    nsid: Owner


class Dates(Answer):
    posted: Count


class People(Answer):
    haspeople: Annotated[int, Field(ge=0, le=1)]


class Comments(Answer):
    content: Annotated[Count, Field(alias="_content")]


class Info(Answer):
    """A post by itself."""

    id: Id
    secret: str = ""
    server: str = ""
    owner: Whose
    title: Words = ""
    description: Words = ""
    dates: Dates
    views: Count
    comments: Comments | None = None
    tags: Tags = Tags()
    people: People | None = None


class PhotoInfo(Answer):
    """Of photos.getInfo."""

    photo: Info


class Size(Answer):
    width: Count
    height: Count
    source: str


class AllSizes(Answer):
    size: list[Size]


class SizesOf(Answer):
    """Of photos.getSizes."""

    sizes: AllSizes


class Anything(Answer):
    """Of test.echo, of which only the date counts."""
