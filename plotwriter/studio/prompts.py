"""What a person writes to show their hand: the first twenty words have the alphabet, all of them what letters need."""

from __future__ import annotations

__all__ = ["NEEDED", "PROMPTS"]

#: characters that the prompts cover together
NEEDED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"()-&/@#%+=*"

PROMPTS = tuple(
    """
    garden quickly jump seven box lazy fish hotel wind view
    Dear Thank morning zebra book happy journey exact quiet apple
    Mary, written Friday below little coffee; street Hello! running What?
    April ocean (yes) window Kate bought: Jack's quarter Victor simple
    Yours, Best Greta Ulm; Otto Noah Ingrid Rosa Santa Fox-trot
    Quinn Xavier Zoe Paul Charles Linda "Emma" Ben & Walter
    12 34/5 1967 80% 7:30 2.50 #9 6+1=7 a@b.de 5*4
    """.split()
)
