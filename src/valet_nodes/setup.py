"""Build of the package valet_nodes."""

from setuptools import find_packages, setup

PACKAGE = 'valet_nodes'
NODES = {
    'base_gate': 'safety', 'depth_scan': 'mobility', 'dressing_policy': 'dressing',
    'dressing_sim': 'dressing', 'failure_monitor': 'monitor', 'manager': 'manager',
    'mobile_sim': 'mobility', 'mobility': 'mobility', 'perception': 'perception',
    'safety_gate': 'safety', 'scene_view': 'dressing',
}  # fmt: skip
GRAPH_VERBS = ('action', 'node', 'param', 'service', 'topic')


setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    zip_safe=False,
    maintainer='Valet maintainers',
    maintainer_email='maintainers@valet.example.org',
    description='The nodes of Valet',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            f'{node} = {PACKAGE}.{room}.{node}:main' for node, room in NODES.items()
        ],
        'valet.verbs': [
            *(f'{verb} = valet_nodes.verbs.{verb}' for verb in GRAPH_VERBS),
            'demo = valet_nodes.verbs.demo',
            'demo-mobility = valet_nodes.verbs.demo_mobility',
            'launch = valet_nodes.verbs.launch',
        ],
        'valet.benchmarks': ['graph = valet_nodes.demo.graph_bench:measure'],
    },
)
