"""Commands that apply a trained model to pictures: `hourglass encode models/strided.safetensors photos -o codes.csv`.

`hourglass --help` lists the commands. If the package is not installed, replace `hourglass` with
`PYTHONPATH=src python -m hourglass` in the repository.
"""
