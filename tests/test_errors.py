"""Secrets in addresses are hidden before anything is printed."""

import pytest

from hourglass.errors import UserError, mask_secrets
from hourglass.signals import report

ADDRESSES = {
    "http://me:secret@host:5000": "http://***@host:5000",
    "postgresql://me:s%2Fcret@host/db": "postgresql://***@host/db",
    "postgresql://me:a/b@c@host/db": "postgresql://***@host/db",
    "postgresql://me:a?b@host/db?sslmode=require": "postgresql://***@host/db?***",
    "postgresql://host/db?user=me&password=secret": "postgresql://host/db?***",
    "https://token@host/path": "https://***@host/path",
    "https://host/path?token=secret": "https://host/path?***",
    "http://me:secret@[host": "http://***@[host",
    "/folder/http:/me:secret@host": "/folder/http:/***@host",
    "http://host:5000": "http://host:5000",
    "sqlite:////home/a@b/mlflow.db": "sqlite:////home/a@b/mlflow.db",
    "models:/mnist-denoising@best": "models:/mnist-denoising@best",
}


@pytest.mark.parametrize(("address", "masked"), ADDRESSES.items())
def test_secrets_are_hidden(address: str, masked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert mask_secrets(f"no answer\n  from ({address} yet") == f"no answer\n  from ({masked} yet"
    assert report(UserError(f"no answer from {address}")) == 1
    assert capsys.readouterr().err == f"error: no answer from {masked}\n"
