#!/bin/sh
# Specimens of the hands that ship, a letter in print and one in German.
cd "$(dirname "$0")" || exit
plotwriter styles --picture styles.png
for style in linden rowan hazel birch alder willow juniper aspen larch; do
    plotwriter styles show "$style" --picture "$style.png" >/dev/null || exit
done
plotwriter preview ../01_letter/letter.txt --style larch -o letter_larch.png
plotwriter preview gruss.txt --style aspen --paper a5 --margin 12mm -o gruss_aspen.png
