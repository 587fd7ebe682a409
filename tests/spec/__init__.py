"""The rules of Patchwork as a story: chapters that somebody who does not program can read."""
