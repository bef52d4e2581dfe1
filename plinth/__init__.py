"""The tool that people run beside the stack: rehearse it, and look at what is missing. The stack never imports it."""
