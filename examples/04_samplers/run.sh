#!/bin/sh
# The example letter in one hand by the other two samplers, and what each net looked at while it wrote a word.
cd "$(dirname "$0")" || exit
for sampler in lstm cursive; do
    plotwriter preview ../01_letter/letter.txt --style rowan --sampler "$sampler" -o "letter_$sampler.png" || exit
done
for sampler in gpt lstm cursive; do
    plotwriter explain morning --style rowan --sampler "$sampler" -o "explain_$sampler.png" || exit
done
