"""Sample records, built from the types of their fields."""

from collections.abc import Mapping
from dataclasses import fields
from types import NoneType
from typing import Any, get_args, get_origin

import torch
from pydantic import BaseModel
from torch import Tensor

from hourglass.records.base import Record, TensorRecord

VALUES: dict[Any, Any] = {int: 3, float: 0.5, str: "linear", bool: False}


def record(kind: type[Record]) -> Record:
    """Return a record with a value in every field."""
    sample = value(kind)
    assert isinstance(sample, Record)
    return sample


def value(annotation: Any) -> Any:
    """Return a value of a type that records have."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation(**{name: value(field.annotation) for name, field in annotation.model_fields.items()})
    if get_origin(annotation) in (dict, Mapping):
        return {"name": value(get_args(annotation)[1])}
    if get_origin(annotation) in (tuple, list):
        return (value(get_args(annotation)[0]),)
    choices = [choice for choice in get_args(annotation) if choice is not NoneType]
    return value(choices[-1]) if choices else VALUES[annotation]


def tensors(kind: type[TensorRecord], channels: int = 1) -> TensorRecord:
    """Return a record of zeros, in which every named axis except `channels` has another size."""
    sizes = {"channels": channels}

    def zeros(annotation: Any) -> Tensor:
        if annotation is Tensor:
            return torch.zeros(1)
        axes = annotation.dim_str.split()
        shape = [int(axis) if axis.isdigit() else sizes.setdefault(axis, len(sizes) + 4) for axis in axes]
        return torch.zeros(shape, dtype=getattr(torch, annotation.dtypes[0]))

    def field_value(annotation: Any) -> Any:
        return {"a": zeros(get_args(annotation)[1])} if get_origin(annotation) is Mapping else zeros(annotation)

    return kind(**{field.name: field_value(field.type) for field in fields(kind)})  # type: ignore[arg-type]
