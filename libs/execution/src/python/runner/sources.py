"""A view's files as modules: found, loaded and read in memory; there is no disk."""

import ast
import importlib
import linecache
import sys
import warnings
from importlib.machinery import ModuleSpec

ENTRY = "main.py"
NEVER_SHADOWED = frozenset((*sys.builtin_module_names, "__main__"))
# Importing these does something, or needs a display.
NOT_AHEAD = frozenset(
    ("antigravity", "this", "test", "idlelib", "lib2to3", "turtle", "turtledemo", "tkinter", "__main__", "__future__")
)


class Sources:
    def __init__(self, files):
        self.files = files
        self.trees = {}
        self._codes = {}
        self._shadowed = ()

    def compile(self):
        """Compiles every Python file. What does not compile raises when it is imported, as it would anywhere."""
        for path, text in self.files.items():
            if path.endswith(".py"):
                try:
                    self.trees[path], self._codes[path] = compile_file(path, text)
                except (SyntaxError, ValueError, RecursionError):
                    continue

    def code(self, path):
        return self._codes.get(path) or compile_file(path, self.files[path])[1]

    def is_script(self):
        tree = self.trees.get(ENTRY)
        return tree is not None and entry_style(tree) == "script"

    def find(self, name):
        """Path of the module of that dotted name and whether it is a package. A folder without `__init__.py` has the
        path None.
        """
        base = name.replace(".", "/")
        if base + "/__init__.py" in self.files:
            return base + "/__init__.py", True
        if base + ".py" in self.files:
            return base + ".py", False
        if any(path.startswith(base + "/") and path.endswith(".py") for path in self.files):
            return None, True
        return None, False

    def top_names(self):
        return {path.split("/")[0].removesuffix(".py") for path in self.files if path.endswith(".py")}

    def import_libraries(self):
        """Imports from the standard library what the files name, so that no run waits for it. A view's own files are
        not run.
        """
        own = self.top_names()
        for name in sorted({name for tree in self.trees.values() for name in imported_names(tree)}):
            top = name.split(".")[0]
            if top not in own and top not in NOT_AHEAD:
                try:
                    importlib.import_module(name)
                except Exception:
                    # No such module: the run reports it, or has an alternative.
                    continue
        hidden = own - NEVER_SHADOWED
        self._shadowed = [name for name in sys.modules if name.split(".")[0] in hidden]

    def install(self):
        """In a run's child: the files are importable and precede the standard library, as a script's neighbours do."""
        for name in self._shadowed:
            # What the runner forgot is gone already.
            sys.modules.pop(name, None)
        sys.meta_path.insert(0, _Finder(self))
        for path, text in self.files.items():
            # Without a time: never looked for on a disk.
            linecache.cache[path] = (len(text), None, text.splitlines(True), path)


class _Finder:
    def __init__(self, sources):
        self._sources = sources

    def find_spec(self, name, _path=None, _target=None):
        path, package = self._sources.find(name)
        if path is None and not package:
            return None
        spec = ModuleSpec(name, _Loader(self._sources, path) if path else None, origin=path, is_package=package)
        spec.has_location = path is not None
        if package:
            spec.submodule_search_locations = [name.replace(".", "/")]
        return spec

    def invalidate_caches(self):
        """Nothing is cached."""


class _Loader:
    def __init__(self, sources, path):
        self._sources, self._path = sources, path

    def create_module(self, _spec):
        return None

    def exec_module(self, module):
        exec(self._sources.code(self._path), module.__dict__)

    def get_source(self, _name):
        return self._sources.files[self._path]

    def get_data(self, path):
        """A file beside the code, for `pkgutil.get_data`."""
        if path not in self._sources.files:
            raise FileNotFoundError(2, "No such file among the view's", path)
        return self._sources.files[path].encode()


def compile_file(path, text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = compile(text, path, "exec", ast.PyCF_ONLY_AST, True)
        return tree, compile(tree, path, "exec", 0, True)


def imported_names(tree):
    """Dotted names of what `tree` imports absolutely; `from a import b` gives both `a` and `a.b`, which need not be a
    module.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (node.module + "." + alias.name for alias in node.names if alias.name != "*")
    if any(isinstance(node, ast.AsyncFunctionDef) for node in tree.body):
        yield "asyncio"


def mains(tree):
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in tree.body if isinstance(node, functions) and node.name == "main"]


def entry_style(tree):
    """`function`: it defines `main(parameters, keep)`. `script`: it does not, and the file has other statements. None:
    neither.
    """
    found = mains(tree)
    if any(map(takes_two, found)) or _binds_main(tree):
        return "function"
    return "script" if any(map(_does_something, tree.body)) else None


def takes_two(function):
    given = function.args
    positional = len(given.posonlyargs) + len(given.args)
    needs_name = any(default is None for default in given.kw_defaults)
    return positional - len(given.defaults) <= 2 and (positional >= 2 or given.vararg is not None) and not needs_name


def _binds_main(tree):
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if any((alias.asname or alias.name) == "main" for alias in node.names):
                return True
        if isinstance(node, ast.Assign):
            if any(isinstance(target, ast.Name) and target.id == "main" for target in node.targets):
                return True
    return False


_DECLARATIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.Pass,
)


def _does_something(node):
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return not isinstance(node, _DECLARATIONS)
