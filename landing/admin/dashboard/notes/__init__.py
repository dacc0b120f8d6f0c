"""The notes of a range: their marks on the charts, and the list of them."""
