"""`python -m plotwriter`."""

from plotwriter.cli import main

main()
