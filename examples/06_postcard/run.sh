#!/bin/sh
cd "$(dirname "$0")" && plotwriter write card.txt --paper postcard --margin 9mm --fit 1 --order fast --style juniper -o card.png
