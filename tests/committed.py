"""The committed params.yaml, read once per process."""

from repository import ROOT

from hourglass.settings import params

PARAMS = params.load(ROOT / "params.yaml")
VARIANTS = PARAMS.variants
NETWORKS = tuple({VARIANTS[name].network.model_dump_json(): name for name in reversed(VARIANTS)}.values())[::-1]
"""The first variant with each network."""
