"""Tables that AWS publishes, each with its page and the day it was read. Pure data: no Pulumi, no I/O."""
