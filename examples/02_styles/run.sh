#!/bin/sh
# A specimen of every hand that ships.
cd "$(dirname "$0")" || exit
for style in linden rowan hazel alder birch; do
    plotwriter write specimen.txt --style "$style" --paper 165x38mm --margin 6mm -o "$style.png" || exit
done
