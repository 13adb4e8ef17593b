"""`dvc repro` with the whole machine: what is out of date, side by side, the longest first."""
