"""The offline pipeline: everything that makes a package. The only room that may import torch."""
