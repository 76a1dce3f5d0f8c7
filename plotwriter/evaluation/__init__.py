"""Evaluation: what the samplers write, held against real ink; every figure is a plain function."""
