"""Writes the 2.7 template: `python3 -m install > install/amp.yml`."""
import sys

from .template import text

sys.stdout.write(text())
