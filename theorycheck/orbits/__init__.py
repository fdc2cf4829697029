"""Exact means of gradients over all n! permutations of the weights, and over all parities of k variables."""
