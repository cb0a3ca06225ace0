"""A rule for import-linter that names what may be imported, so that it covers what nobody has thought of yet.

import-linter's own ``forbidden`` needs a list of what is not allowed; a package that is added later is not on it.
Used in ``pyproject.toml`` as ``type = "only"``.
"""

from __future__ import annotations

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class OnlyContract(Contract):
    """``modules`` and what is inside them import only each other's package, ``allowed`` and the standard library.

    Options: ``modules`` and ``allowed`` (wildcards as everywhere), ``not_allowed`` (top level names of the standard
    library that are out all the same). Imports for type checking count. What an allowed module imports does not.
    """

    type_name = "only"

    modules = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed = fields.SetField(subfield=fields.StringField())
    not_allowed = fields.SetField(subfield=fields.StringField(), required=False, default=set())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        roots = {module.name for module in module_expressions_to_modules(graph, self.modules)}
        found = [
            (module, imported, [detail["line_number"] for detail in details])
            for root in sorted(roots)
            for module in sorted({root, *graph.find_descendants(root)})
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if not self._may(root, imported)
            and (details := graph.get_import_details(importer=module, imported=imported)) is not None
        ]
        return ContractCheck(kept=bool(roots) and not found, metadata={"found": found, "roots": roots})

    def _may(self, root: str, imported: str) -> bool:
        allowed: set[str] = {root, *self.allowed}
        if any(imported == name or imported.startswith(f"{name}.") for name in allowed):
            return True
        return imported in sys.stdlib_module_names and imported not in self.not_allowed

    def render_broken_contract(self, check: ContractCheck) -> None:
        if not check.metadata["roots"]:
            output.print_error("There is no module that this rule is about.")
        for module, imported, lines in check.metadata["found"]:
            output.print_error(f"{module} may not import {imported} (l. {', '.join(map(str, lines))})")
