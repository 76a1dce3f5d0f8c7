"""Pages for the person's own browser, on the person's own machine: nothing outside it is asked or told."""
