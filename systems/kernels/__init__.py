"""What all kernels share: compiling, heaps, random numbers, distributions, histograms. It knows no table of the model."""
