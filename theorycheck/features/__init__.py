"""The random-features solver: initialisations, feature maps, level eigenvalues, separators, margins (MS21, Lemma 6)."""
