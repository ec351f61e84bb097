"""What is wrong with a view's source, found without running a line of it."""

import ast
import json
import sys

from sources import ENTRY, Sources, compile_file, entry_style, mains

MOST = 20


def complaints(files):
    """List of `{ path, message, line?, column? }` of at most 20; empty: it may be run."""
    sources = Sources({file["path"]: file["content"] for file in files})
    found = []
    for path, text in sources.files.items():
        if path.endswith(".py"):
            found += _of_python(sources, path, text)
        elif path.endswith(".json"):
            try:
                json.loads(text)
            except ValueError as error:
                found.append(_complaint(path, "Not JSON: %s" % error))
    return found[:MOST]


def _complaint(path, message, line=None, column=None):
    complaint = {"path": path, "message": str(message)[:300]}
    if line:
        complaint["line"] = line
    if column and column > 0:
        complaint["column"] = column
    return complaint


def _of_python(sources, path, text):
    try:
        tree, _ = compile_file(path, text)
    except SyntaxError as error:
        return [_complaint(path, error.msg, error.lineno, error.offset)]
    except ValueError as error:
        return [_complaint(path, error)]
    except (RecursionError, MemoryError):
        return [_complaint(path, "The source is nested too deep.")]
    found = [
        _complaint(path, message, node.lineno, node.col_offset + 1) for node, message in _imports(sources, path, tree)
    ]
    return found + (_of_entry(path, tree) if path == ENTRY else [])


def _of_entry(path, tree):
    named = mains(tree)
    if len(named) > 1:
        return [_complaint(path, "`main` is defined twice.", named[1].lineno, named[1].col_offset + 1)]
    if entry_style(tree) is not None:
        return []
    if named:
        message = "`main` must take two arguments: def main(parameters, keep)."
        return [_complaint(path, message, named[0].lineno, named[0].col_offset + 1)]
    return [_complaint(path, "There is no `def main(parameters, keep)`, and the file does nothing as a script.")]


def _imports(sources, path, tree):
    """Imports that cannot succeed. An import within `try` may have an alternative, one within `if` or a function may
    never be reached.
    """
    for node in _reached(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if not _is_there(sources, alias.name):
                    yield node, _absent(alias.name)
        elif isinstance(node, ast.ImportFrom):
            name = _absolute(path, node)
            if name is None:
                yield node, "A relative import leads out of the view's files."
            elif name and not _is_there(sources, name):
                yield node, _absent(name)


def _reached(body):
    for node in body:
        yield node
        if isinstance(node, (ast.With, ast.ClassDef)):
            yield from _reached(node.body)


def _absolute(path, node):
    """The dotted name that is imported from, or None when there is no such package. `from . import x` in a package: the
    package.
    """
    if node.level == 0:
        return node.module
    package = path.split("/")[:-1]
    if len(package) < node.level:
        return None
    return ".".join(package[: len(package) - node.level + 1] + ([node.module] if node.module else []))


def _is_there(sources, name):
    top = name.split(".")[0]
    path, package = sources.find(top)
    if path or package:
        path, package = sources.find(name)
        return bool(path or package)
    # Python before 3.10 has no list of its standard library.
    library = getattr(sys, "stdlib_module_names", None)
    return library is None or top in library


def _absent(name):
    return "`%s` is neither one of the view's files nor in Python's standard library." % name
