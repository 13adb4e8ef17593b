"""`dvc repro` on all cores: stages that are out of date in parallel, the longest first."""
