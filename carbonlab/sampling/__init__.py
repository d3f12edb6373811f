"""Draws of uncertain numbers: what is drawn, from which distribution, by which stream, under which plan."""
