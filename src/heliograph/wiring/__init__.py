"""Part of the composition root: what one part of the house is made of, a module each. `app` calls them in order.

Each function takes the `Gateway` as far as it is built and gives back the part. Nothing here decides anything.
"""
