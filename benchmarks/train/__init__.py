"""Training of the weights in `scrubber/segment/weights.npz`: labelled pages in, one file out. See docs/model.md."""
