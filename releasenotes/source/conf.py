"""How the release notes are built."""

project = 'autoscale release notes'
copyright = 'the autoscale contributors'
author = 'the autoscale contributors'

extensions = ['openstackdocstheme', 'reno.sphinxext']
root_doc = 'index'
html_theme = 'openstackdocs'
pygments_style = 'native'
openstackdocs_auto_name = False
openstackdocs_auto_version = False
