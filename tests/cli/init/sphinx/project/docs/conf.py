import os

project = 'Weir manual'
copyright = '2026, Ana'
extensions = ['sphinx.ext.autodoc']
html_theme = 'alabaster'
