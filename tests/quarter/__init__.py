"""A quarter of an invented company, lived through the real pipeline: for the bench and for the test of its figures."""
