import pytest

from kit.project import ROOT, set_param
from popularity.errors import UserError
from popularity.registry.create import create_bundle
from popularity.settings import load_settings


def test_a_fine_tuned_image_model_makes_no_bundle_and_the_error_says_what_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    set_param(tmp_path, "train_image.mode", "finetune")
    with pytest.raises(UserError, match="embeddings") as refusal:
        create_bundle(load_settings())
    assert "set train_image.mode to head" in refusal.value.next_step
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
