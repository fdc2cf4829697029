"""One neuron on the cube: its Fourier level weights by several exact methods, and single coefficients."""
