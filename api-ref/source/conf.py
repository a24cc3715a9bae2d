"""How the API reference is built."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'doc' / 'extensions'))

project = 'autoscale API reference'
copyright = 'the autoscale contributors'
author = 'the autoscale contributors'

extensions = ['openstackdocstheme', 'api_reference']

root_doc = 'index'
html_theme = 'openstackdocs'
pygments_style = 'native'
openstackdocs_auto_name = False
openstackdocs_auto_version = False
