"""What CI does with a change: restore what is known, rerun what the change concerns, say what came of it."""
