"""The architecture of a stack as a picture: resources in, a model of what is where and who talks to whom, SVG or Mermaid out."""
