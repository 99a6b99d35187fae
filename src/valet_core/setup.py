"""Build of the package valet_core."""

from setuptools import find_packages, setup

PACKAGE = 'valet_core'

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    package_data={PACKAGE: ['**/*.yaml', '**/*.json', '**/*.xml', 'py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    zip_safe=False,
    maintainer='Valet maintainers',
    maintainer_email='maintainers@valet.example.org',
    description='The library of Valet, without ROS',
    license='Apache-2.0',
    entry_points={
        'valet.verbs': [
            'bench = valet_core.tools.bench',
            'compile = valet_core.tools.compile',
            'demo-failure = valet_core.tools.demo_failure',
            'eval = valet_core.tools.evaluate',
            'info = valet_core.tools.info',
            'monitor = valet_core.tools.monitor',
            'report = valet_core.tools.report',
            'train = valet_core.tools.train',
        ],
    },
)
