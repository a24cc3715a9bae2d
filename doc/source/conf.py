"""How the documentation is built."""

import pathlib
import sys

sys.path.insert(
    0, str(pathlib.Path(__file__).resolve().parents[1] / 'extensions')
)

project = 'autoscale'
copyright = 'the autoscale contributors'
author = 'the autoscale contributors'

extensions = [
    'openstackdocstheme',
    'oslo_config.sphinxconfiggen',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'oslo_policy.sphinxpolicygen',
    'states',
]

root_doc = 'index'
html_theme = 'openstackdocs'
html_static_path = ['_static']
pygments_style = 'native'
openstackdocs_auto_name = False
openstackdocs_auto_version = False

_ETC = '../../etc/autoscale'
config_generator_config_file = [
    (f'{_ETC}/config-generator.conf', '_static/autoscale'),
]
policy_generator_config_file = [
    (f'{_ETC}/policy-generator.conf', '_static/autoscale'),
]
