"""`python -m plotwriter.cli`."""

from plotwriter.cli import main

main()
