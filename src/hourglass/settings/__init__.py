"""params.yaml as typed, validated objects, and what each stage is told of it."""
