"""Build of the package valet_nodes."""

from setuptools import find_packages, setup

PACKAGE = 'valet_nodes'
NODES = [
    'base_gate', 'depth_scan', 'dressing_policy', 'dressing_sim', 'manager', 'mobile_sim',
    'mobility', 'perception', 'safety_gate', 'scene_view',
]  # fmt: skip

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
        'console_scripts': [f'{node} = {PACKAGE}.{node}:main' for node in NODES],
        'valet.verbs': [
            'demo = valet_nodes.verbs.demo',
            'demo-mobility = valet_nodes.verbs.demo_mobility',
            'launch = valet_nodes.verbs.launch',
        ],
        'valet.benchmarks': ['graph = valet_nodes.graph_bench:measure'],
    },
)
