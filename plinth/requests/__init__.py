"""What AWS would answer to a request, evaluated from the resources in a stack's state: `plinth rehearse get`."""
