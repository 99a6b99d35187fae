"""What README and docs name is there: links, files, modules, `valet` verbs and their options."""

import argparse
import functools
import re
from pathlib import Path

import pytest
from places import ROOT

from valet_core.tools.cli import verbs

PAGES = [ROOT / 'README.md', ROOT / 'sim' / 'README.md', *sorted(ROOT.glob('docs/*.md'))]
VERBS = verbs()
MOST_LINES = 210  # of README.md
TOP_FOLDERS = '.ci|config|docs|launch|models|scripts|sim|src|test'

LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
CODE = re.compile(r'^```.*?^```|`[^`\n]+`', re.M | re.S)
PATH = re.compile(rf'`((?:{TOP_FOLDERS})/[\w./-]*)`')
MODULE = re.compile(r'\bvalet_(?:core|nodes)(?:\.\w+)+')
COMMAND = re.compile(r'(?<![\w./-])(?<!launch )(?:\./)?valet ([a-z][^\n`]*)')
OPTION = re.compile(r'(?<!\S)--[a-z][a-z-]*')
TARGET = re.compile(r'\bmake ([a-z][a-z-]*)')


def code_of(page: Path) -> str:
    """All code of a page, with lines that a backslash continues joined."""
    return '\n'.join(CODE.findall(page.read_text())).replace('\\\n', ' ')


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r'^```.*?^```', '', page.read_text(), flags=re.M | re.S)
    titles = re.findall(r'^#+ (.+)$', text, re.M)
    return {re.sub(r'[^\w -]', '', title.lower()).replace(' ', '-') for title in titles}


def broken_links(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    broken = []
    for link in LINK.findall(page.read_text()):
        if '://' in link:
            continue
        path, _, anchor = link.partition('#')
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


@functools.cache
def parser_of(verb: str) -> argparse.ArgumentParser:
    """The parser of a verb, its own verbs included."""
    parser = argparse.ArgumentParser(prog=verb)
    VERBS[verb].load().add_arguments(parser)
    return parser


def problem_of(command: str) -> str:
    """What is wrong with a command line after `valet`; empty if nothing is."""
    words = command.split()
    if words[0] not in VERBS:
        return f'no verb {words[0]!r}'
    parser = parser_of(words[0])
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            if len(words) < 2 or words[1] not in action.choices:
                return f'{words[0]!r} has no {" ".join(words[1:2])!r}'
            parser = action.choices[words[1]]
    known = {option for action in parser._actions for option in action.option_strings}
    unknown = set(OPTION.findall(command.split('#')[0])) - known
    return f'no option {", ".join(sorted(unknown))}' if unknown else ''


def wrong_commands(code: str) -> list[str]:
    """The `valet` commands of some code that cannot be, and why."""
    found = COMMAND.findall(code)
    return [f'valet {line}: {why}' for line in found if (why := problem_of(line))]


def module_exists(name: str) -> bool:
    """Whether a dotted name is a module or folder of the library, or a name in one."""
    parts = name.split('.')
    place = ROOT / 'src' / parts[0]
    for part in parts:
        place = place / part
        if not place.is_dir():
            break
    return place.is_dir() or place.with_suffix('.py').is_file()


@pytest.mark.parametrize('page', PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    assert not broken_links(page)


@pytest.mark.parametrize('page', PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_exist_with_their_options(page):
    assert not wrong_commands(code_of(page))


@pytest.mark.parametrize('page', PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_modules_and_targets_that_are_named_exist(page):
    code = code_of(page)
    paths = {path for path in PATH.findall(code) if not (ROOT / path).exists()}
    modules = {name for name in MODULE.findall(code) if not module_exists(name)}
    launched = {name for name in re.findall(r'\b[a-z_]+\.launch\.yaml', code)
                if not (ROOT / 'launch' / name).is_file()}  # fmt: skip
    targets = set(re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(), re.M))
    assert not paths | modules | launched | (set(TARGET.findall(code)) - targets)


def test_readme_is_short():
    assert len((ROOT / 'README.md').read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    'line', ['fly', 'eval', 'eval flying', 'eval dressing --wings 2', 'bench sim --episode 2']
)
def test_a_command_that_is_not_there_is_found(line):
    assert wrong_commands(f'`./valet {line}`')


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text('# One title\n[a](#one-title) [b](#two) [c](gone.md) [d](page.md#one-title)')
    assert broken_links(page) == ['#two', 'gone.md']
