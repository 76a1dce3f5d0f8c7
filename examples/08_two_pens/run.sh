#!/bin/sh
cd "$(dirname "$0")" && plotwriter write menu.md --paper a6 --margin 11mm --size 2mm --fit 1 --pen heading=2 --style linden -o menu.png
