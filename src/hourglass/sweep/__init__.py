"""Many small trainings, here or on a Ray cluster: what is to be trained, who trains it, what is kept of it."""
