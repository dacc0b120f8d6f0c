"""The live user counter: who is here now, and who was active lately."""
