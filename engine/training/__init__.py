"""Training files, training tasks, and the process that works on one."""
