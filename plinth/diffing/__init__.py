"""`plinth diff`: what a change of the program would do to each stack, without an account, or to the real one."""
