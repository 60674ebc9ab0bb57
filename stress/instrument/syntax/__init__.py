"""The parts of the transformation, by what they transform (see `transform`)."""
