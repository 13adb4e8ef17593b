"""params.yaml as typed, validated objects, and the settings of each stage."""
