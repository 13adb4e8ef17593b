"""Commands that apply a trained model to pictures: `hourglass encode models/strided.safetensors photos -o codes.csv`.

`hourglass --help` lists them. In the repository, `PYTHONPATH=src python -m hourglass` does the same without
`pip install .`.
"""
