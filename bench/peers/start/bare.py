"""W5: what Python itself takes."""

print(0)
