"""Play nights of the demo world: a crawl comes, labels of earlier ones arrive, the flows answer.

    python -m flows.night                       the next night
    python -m flows.night --event tag_fashion   one on which something happened
    python -m flows.night --nights 7            a week; an event is on its first night, a table of the nights at the end
    python -m flows.night --source flickr       the same world, crawled from a Flickr on this machine

The flows see folders and files as any crawler would leave them. Without a champion the DAG's outputs become the first.
The last line of stdout is JSON with the verdict of the latest night.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import partial

from flows.flickr_night import play_on_flickr
from flows.monitor import monitor
from flows.recrawl import RecrawlError, as_json, recrawl, tell, tell_end
from flows.services import refuse_silent_server
from popularity import paths
from popularity.dag.stages import refuse_without_git
from popularity.demo.events import Event
from popularity.errors import nearest, run
from popularity.files import read_json
from popularity.monitoring.history import NightRecord
from popularity.printing import say
from popularity.settings import load_settings

NAME = re.compile(r"night-(\d+)")

REASON = 44
"""Characters of a reason in the table of nights, which fits 80 columns."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Play nights of the demo world through the flows.",
        epilog="example: python -m flows.night --event new_users",
    )
    parser.add_argument("--event", type=event_named, help=f"what happens: {', '.join(Event)}")
    parser.add_argument("--nights", type=int, default=1, help="how many (1)")
    parser.add_argument("--source", choices=("demo", "flickr"), default="demo", help="who brings the crawl (demo)")
    chosen = parser.parse_args()
    if chosen.nights < 1:
        parser.error("--nights: at least 1")
    if chosen.source == "flickr" and chosen.event:
        parser.error("--event: the local Flickr knows none")
    refuse_without_git()
    refuse_silent_server()
    ensure_champion()
    code, answered = 0, list[NightRecord]()
    for place in range(chosen.nights):
        event = chosen.event if place == 0 else None
        code = max(
            code,
            play_on_flickr(partial(answer, answered)) if chosen.source == "flickr" else play(event, answered),
        )
        if code == 1:
            break
    if chosen.nights > 1 and answered:
        sum_up(answered)
    sys.exit(code)


def event_named(name: str) -> str:
    """The name of an event. Raises ArgumentTypeError, which names the nearest, where there is none of that name."""
    if name not in [*Event]:
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(Event)}{nearest(name, Event)}")
    return name


def play(event: str | None, answered: list[NightRecord]) -> int:
    """The next night as the demo's crawler brings it; returns the exit code. answered: see `answer`."""
    number = max(numbers(), default=0) + 1
    deliver_labels(number)
    draw(number, event)
    return answer(answered)


def answer(answered: list[NightRecord]) -> int:
    """Have the flow recrawl take in what has come; returns the exit code. answered: gets the records of it."""
    try:
        records: Sequence[NightRecord] = recrawl()
    except RecrawlError as ended:
        answered += ended.records
        return tell_end(ended)
    answered += records
    tell(records)
    return 0


def sum_up(answered: Sequence[NightRecord]) -> None:
    """Print a row a night, and last what the latest one's own last line was."""
    wide = max(len("night"), *(len(one.batch) for one in answered))
    rows = [("night", "verdict", "posts", "first reason"), *map(_row, answered)]
    say("\n".join(f"{night:{wide}}  {verdict:7}  {posts:>7}  {told}".rstrip() for night, verdict, posts, told in rows))
    say(as_json(answered[-1]))


def _row(one: NightRecord) -> tuple[str, str, str, str]:
    """Night, verdict, posts, and the first reason on one line, cut to fit."""
    reason = " ".join((*one.reasons, "")[0].removeprefix(f"{one.verdict}: ").split())
    cut = reason if len(reason) <= REASON else f"{reason[: REASON - 3]}..."
    return one.batch, one.verdict, "-" if one.posts is None else f"{one.posts:,}", cut


def ensure_champion() -> None:
    """Make the DAG's outputs the first champion, if there is none."""
    from popularity.registry.create import create_bundle
    from popularity.registry.history import current_version, promote

    if current_version() is None:
        promote(create_bundle(load_settings()).version)


def numbers() -> list[int]:
    """Of the nights that were played, refused ones too, and of one whose flow was interrupted."""
    folders = (*paths.INBOX.glob("*"), *paths.QUARANTINE.glob("*"))
    names = {*load_settings().batches, *(path.name for path in folders)}
    return [int(found[1]) for found in map(NAME.fullmatch, names) if found]


def name(number: int) -> str:
    return f"night-{number:03d}"


def draw(number: int, event: str | None) -> None:
    """Have the night's crawl come to the inbox."""
    named = ["--event", event] if event else []
    command("night", "--night", str(number), *named, "--out", str(paths.inbox(name(number))))


def deliver_labels(tonight: int) -> None:
    """Have the labels arrive of nights that are old enough by tonight, and let the flow monitor see them."""
    age = load_settings().label.min_age_days
    due = [n for n in numbers() if n + age <= tonight and name(n) in load_settings().batches]
    new = [n for n in due if not any(paths.visits(name(n)).glob("*.csv"))]
    for number in new:
        event = read_json(paths.raw(name(number)) / "truth.json")["event"]
        named = ["--event", event] if event else []
        command("labels", "--night", str(number), *named, "--out", str(paths.visits(name(number)) / "views.csv"))
    if due:
        monitor()


def command(*args: str) -> None:
    """Run `popularity demo`, the demo source's own command."""
    done = subprocess.run([sys.executable, "-m", "popularity", "demo", *args], check=False, stdout=sys.stderr)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    run(main)
