"""A black square."""

from hourglass.data.corruptions.kind import OCCLUSION, CorruptionKind, occluded

CORRUPTION = CorruptionKind("occlusion", occluded, {"occlusion": OCCLUSION})
