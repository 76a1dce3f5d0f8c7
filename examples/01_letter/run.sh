#!/bin/sh
# The letter of the README: previewed as SVG and PNG, then plotted on a simulated AxiDraw.
cd "$(dirname "$0")" && plotwriter write letter.txt --machine axidraw --port sim --preview letter.svg -o letter.png
