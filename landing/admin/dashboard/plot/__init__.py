"""The geometry of the charts: shapes, scales, and the labels of axes."""
