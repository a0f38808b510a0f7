"""Wan video models, from folders that diffusers' ``save_pretrained`` writes."""
