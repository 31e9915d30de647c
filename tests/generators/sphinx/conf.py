project = 'Birds of the weir'
copyright = '2026, Ana'
extensions = ['sphinx.ext.mathjax']
html_theme = 'alabaster'
html_baseurl = 'https://ana.github.io@BASE@'
exclude_patterns = ['_build']
