"""Gradient flow of a network from the paper's initialisation, enclosed: linear phases, events, sliding margins."""
