"""Reading repositories through the ``git`` program."""
