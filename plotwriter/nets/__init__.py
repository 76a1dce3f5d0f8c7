"""Nets and their alphabets of strokes; they know nothing of millimetres or files of text."""
