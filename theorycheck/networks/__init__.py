"""Definitions 1, 2 and 11 (MS21) as frozen dataclasses, their activations, and their exact values on the cube."""
