"""One letter and one envelope for every row of a table.

    letter.md + people.csv --recipients--> texts, all checked --write_parts--> jobs on disk --> done list

A sheet's ink depends on the seed of the merge and on what its row says, so that rows may be added, left out or sorted
without another letter changing; and every sheet has a seed of its own, with which `plotwriter write` makes it again.
"""

from plotwriter.merge.done import DoneList
from plotwriter.merge.sheets import Desk, Part, Written, in_turn, parts_of, write_parts
from plotwriter.merge.table import Recipient, read_table, recipients

__all__ = ["Desk", "DoneList", "Part", "Recipient", "Written", "in_turn", "parts_of", "read_table", "recipients", "write_parts"]
