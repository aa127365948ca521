"""`popularity backbones`: the networks that photos can be embedded with."""

import typer

from popularity.commands.tables import print_table


def backbones() -> None:
    """List the networks that `image_embeddings.backbone` may name, and say whose ImageNet weights are on this machine.

    A file is ready where it lies in its place with the published checksum. For `image_embeddings.weights: FILE` or
    `none`, random weights, it need not be.

    **Example**

    popularity backbones
    """
    from popularity.images.backbones import BACKBONES
    from popularity.images.weights import Shipped, matches

    rows, hints = [], []
    for backbone in BACKBONES.values():
        published = backbone.published
        there = published.path.is_file()
        ready = there and matches(published.path, published.checksum)
        source = "package" if isinstance(published, Shipped) else "download"
        state = "yes" if ready else "wrong file" if there else "no"
        numbers = (backbone.input_px, backbone.length, published.megabytes)
        rows.append([backbone.name, source, state, *(f"{number:,}" for number in numbers)])
        if not ready:
            hints.append(f"{backbone.name}: {f'delete {published.path}; ' if there else ''}{published.hint}")
    print_table("", ["backbone", "weights from", "ready", "input px", "embedding", "MB"], rows, left=3)
    for hint in hints:
        typer.echo(hint)
