#!/bin/sh
cd "$(dirname "$0")" && plotwriter merge letter.md people.csv --envelope address.txt --envelope-paper c6 --paper a6 --landscape \
  --margin 10mm --fit 1 --out merged && cp merged/contact.png contact.png
