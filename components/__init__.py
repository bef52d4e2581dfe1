"""The stack's parts: one `ComponentResource` a file, typed settings in, typed outputs out."""
