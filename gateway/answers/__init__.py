"""Practitioners' answers: what came of an alert, and what follows where the two sides found that they mean different people."""
