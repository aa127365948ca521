"""Each stage's code deps in dvc.yaml, from what it imports. `make deps` writes them.

A stage depends on the modules of popularity that it imports, itself or through others, inside functions too, and on
files beside such a module that bear its name: report.html is read by report.py. What params choose by name is a folder,
named by a template; what such folders share lies outside them, and the stage depends on it whichever is chosen.
"""

from dataclasses import dataclass
from pathlib import Path

import grimp

from kit.project import ROOT

ALWAYS_APART = {"popularity.settings", "popularity.errors", "popularity.marks", "popularity.paths"}
"""An edit of these shows where it counts: in params, in messages, in what a run tells, in dvc.yaml."""

CHOSEN = {"popularity.sources.readers": "${item.source}", "popularity.text.backends": "${text_features.sentiment}"}
"""Packages of which a stage opens one folder, by name -> what names it."""

KINDS = (".py", ".html", ".css", ".jinja", ".json")
CODE = ("stages/", "popularity/")


@dataclass(frozen=True)
class Code:
    """What imports what, in a checkout."""

    root: Path
    graph: grimp.ImportGraph

    @classmethod
    def of(cls, root: Path = ROOT) -> "Code":
        """That of the packages which are imported here."""
        return cls(root, grimp.build_graph("popularity", "stages", cache_dir=None))

    def deps(self, stage: str) -> list[str]:
        """What dvc.yaml must name for a stage, its own file first."""
        modules = self.graph.find_upstream_modules(f"stages.{stage}")
        templates = []
        for package in CHOSEN.keys() & modules:
            for choice in self.choices(package):
                modules |= self.beyond(choice)
            modules -= self.graph.find_descendants(package)
            templates.append(f"{package.replace('.', '/')}/{CHOSEN[package]}")
        files = {file for module in modules - ALWAYS_APART for file in self._files(module)}
        return [f"stages/{stage}.py", *sorted([*files, *templates])]

    def choices(self, package: str) -> set[str]:
        """The folders of a package that is in CHOSEN."""
        return self.graph.find_children(package)

    def beyond(self, choice: str) -> set[str]:
        """What a choice imports from outside its folder."""
        own = {choice} | self.graph.find_descendants(choice)
        return set().union(*(self.graph.find_upstream_modules(module) for module in own)) - own

    def _files(self, module: str) -> list[str]:
        """Those of a module that hold anything."""
        place = self.root / module.replace(".", "/")
        found = [place / "__init__.py"] if place.is_dir() else [place.with_name(place.name + kind) for kind in KINDS]
        return [file.relative_to(self.root).as_posix() for file in found if file.is_file() and file.stat().st_size]


def with_code_deps(dvc_yaml: str, code: Code) -> str:
    """dvc.yaml with these lines in order; all others stay as they are."""
    found: list[str] = []
    stage = ""
    for line in dvc_yaml.splitlines(keepends=True):
        said = line.strip()
        indent = len(line) - len(line.lstrip())
        if indent == 2 and said.endswith(":"):
            stage = said.removesuffix(":")
        if said.startswith(tuple(f"- {place}" for place in CODE)):
            continue
        found.append(line)
        if said == "deps:":
            found += [f"{' ' * (indent + 2)}- {dep}\n" for dep in code.deps(stage)]
    return "".join(found)


def main() -> None:
    """Write this checkout's dvc.yaml."""
    file = ROOT / "dvc.yaml"
    file.write_text(with_code_deps(file.read_text(encoding="utf-8"), Code.of()), encoding="utf-8")


if __name__ == "__main__":
    main()
