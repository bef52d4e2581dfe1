"""Rules about a whole stack, whoever wrote it: they judge resources and the edges between them, never components."""
