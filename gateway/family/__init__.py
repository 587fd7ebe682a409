"""Relatives whom a notice names, and the involvements that meet across them."""
