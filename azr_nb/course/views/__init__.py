"""Figures and pages of the notebooks: pure functions, one module for each topic."""
