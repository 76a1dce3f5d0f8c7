"""The user's own hand: ink of theirs matched to its text, a style fitted to it, styles kept, mixed and passed on."""
