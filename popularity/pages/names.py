"""What pages call models, populations, protocols and splits."""

from popularity.catalogue import MODELS

MODEL_NAMES = {model.name: model.title for model in MODELS}
BASELINES = [model.name for model in MODELS if model.role == "baseline"]
POPULATION_NAMES = {"all_posts": "All posts", "posts_with_photo": "Posts with a photo"}
PROTOCOL_NAMES = {"paper": "Random folds", "forward": "Forward", "new_users": "New users"}
SPLIT_NAMES = {"test": "test", "validation": "training"}
"""Training posts are judged where nothing is held out, each predicted by a model that did not see it."""
