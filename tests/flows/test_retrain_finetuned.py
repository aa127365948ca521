import pytest

from flows.retrain import retrain
from kit.project import ROOT, set_param
from popularity.errors import UserError


def test_retrain_refuses_a_fine_tuned_image_model_before_it_trains_anything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    set_param(tmp_path, "train_image.mode", "finetune")
    with pytest.raises(UserError, match=r"train_image\.mode is finetune"):
        retrain.fn()
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
