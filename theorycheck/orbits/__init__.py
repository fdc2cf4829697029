"""A neuron's exact means over all n! permutations of its weights, and over all parities of k variables."""
