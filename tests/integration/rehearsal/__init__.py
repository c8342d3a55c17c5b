"""A pipeline that does nothing but wait for the test's word, for workers in processes of their own."""
