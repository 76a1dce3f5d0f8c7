#!/bin/sh
cd "$(dirname "$0")" && plotwriter write letter.md --paper a5 --rule 8mm --first-line 24mm --margin 12mm --style rowan -o letter.png
