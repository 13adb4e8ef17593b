"""A black square."""

from hourglass.corruptions.base import OCCLUSION, CorruptionKind, occluded

CORRUPTION = CorruptionKind("occlusion", occluded, {"occlusion": OCCLUSION})
