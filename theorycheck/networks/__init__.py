"""Definitions 1, 2 and 11 (MS21) as frozen dataclasses, activations, exact values, embedding, initial draws."""
