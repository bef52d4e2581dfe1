"""What a stack costs a month: resources in, lines out, from an offline table of AWS's list prices."""
