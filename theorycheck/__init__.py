from theorycheck._version import __version__
