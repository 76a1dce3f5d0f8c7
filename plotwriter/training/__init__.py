"""Training: real ink to tensors, the loop, and the export of weights."""
