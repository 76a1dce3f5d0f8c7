#!/bin/sh
cd "$(dirname "$0")" && plotwriter write lettre.md --paper a5 --margin 15mm --align justify --hyphenate fr --indent 8mm --fit 1 -o lettre.png
