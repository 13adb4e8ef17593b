"""The device to train on."""

import pytest
import torch

from hourglass import training
from hourglass.errors import UserError


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"runtime\.device is cuda, but torch finds no CUDA GPU here; set it to auto"):
        training.choose("cuda")
    assert training.choose("auto") == training.choose("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert training.choose("auto") == torch.device("cuda")
