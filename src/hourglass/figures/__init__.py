"""matplotlib and nothing else: tensors and numbers in, figures out, `save` to write them."""
