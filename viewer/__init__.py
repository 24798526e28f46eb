"""The page: a Panel app that browses any published comparison of the store. Start it with ``panel serve viewer``."""
