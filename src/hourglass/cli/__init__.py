"""Commands that apply a trained model to pictures: `hourglass encode models/strided.safetensors photos -o codes.csv`.

`hourglass --help` lists the commands. In the repository, `PYTHONPATH=src python -m hourglass` replaces `hourglass` if
the package is not installed.
"""
