"""What digests count: reporting discipline, figures and their roll-up, samples. Values in, values out."""
