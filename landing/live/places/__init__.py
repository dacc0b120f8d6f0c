"""Places on the live side: those of this worker's people, and the counts of all workers."""
