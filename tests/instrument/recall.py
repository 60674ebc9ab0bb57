"""What is announced, by hand: programs of one line, and the operations that each is made of, one by one.

An operation is written as what it does and where: `read box.x`, `write items[0]`, `read items[*]` (all of it), `update
items.shape`, `read cell`, `read global g`, `update it.state`, `update file.*` (whatever it may be). ` + ` joins
accesses of one step. Calls of builtins and of Python functions are no operations of their own. A program sees the names
that `prelude` binds.
"""

# ruff: noqa: E501  a program and its operations stand on one line
from __future__ import annotations

PRELUDE = """
import array, collections, io, itertools, operator, random, weakref, functools, types
from tests.instrument.foreign import Thing, push
from tests.instrument.things import Box, Filling, Opaque, Point

class Owner:
    total = 0
    def __init__(self): self.value = 1
    def method(self, *args): return args
    @staticmethod
    def static(): pass
    @classmethod
    def make(cls): pass
    @property
    def prop(self): return 1

class Heir(Owner):
    def up(self): return super().method

class Meta(type): level = 0
class Levelled(metaclass=Meta): pass

class Walked:
    def __init__(self, items): self.items = items
    def __iter__(self): return iter(self.items)
    def __enter__(self): return self.items
    def __exit__(self, *what): return None

class Borg:
    shared = {"value": 1}
    def __init__(self): self.__dict__ = self.shared

class Stack(list): pass
class Loud(list):
    def append(self, x): return super().append(x)

class Kept:
    def __enter__(self): return self
    def __exit__(self, *what): return None

g = 1
def function(*args, **names): return args
def named(*, x=0): return x
module = types.ModuleType("shelf")
module.sep = 0
"""

# Apart from it, since it is the same for all programs: its hooks are made once.
OBJECTS = """
def objects():
    box = Owner(); box.items = [3]; box.f = len
    made = dict(
        box=box, heir=Heir(), kept=Kept(), items=[1, 2, 3], table={"a": 1}, unique={1, 2}, frozen=frozenset([1]), queue=collections.deque([1, 2, 3]),
        raw=bytearray(b"abc"), numbers=array.array("i", [1, 2]), ordered=collections.OrderedDict(a=1), default=collections.defaultdict(list),
        counter=collections.Counter("a"), stack=Stack([1]), loud=Loud(), other=[5], pair=(1, [2]), text="a b", it=iter([1]), count=itertools.count(),
        file=io.StringIO(), ref=weakref.ref(Box), names=["x", "y"], nested={"k": [1, 2]}, key=Box(), gen=(x for x in (1, 2)), index=0, n=5,
        python=collections.defaultdict(lambda: []), words={"x": 1, "y": 2}, view={"v": 1}.keys(), rng=random.Random(1), thing=Thing(), part=functools.partial(len),
        opaque=Opaque(), borg=Borg(), point=Point([1]), cycle=Point(0), filling=Filling(),
    )
    made["cycle"].x = made["cycle"]
    made |= dict(shared=Borg.shared, proxy=weakref.proxy(box), walked=Walked(made["other"]), error=OSError(2, "x"), trouble=ValueError(made["other"]))
    return made
"""

# what is shown, the program, its operations
TABLE: list[tuple[str, str, str]] = [
    # attributes
    ("attribute read", "box.value", "read box.value"),
    ("attribute write", "box.value = 2", "write box.value"),
    ("attribute delete", "del box.value", "delete box.value"),
    ("attribute augmented", "box.value += 1", "read box.value; write box.value"),
    ("attribute augmented by a read", "box.value += box.value", "read box.value; read box.value; write box.value"),
    ("attribute chain", "box.items[0]", "read box.items; read items[0]"),
    ("attribute twice", "box.value, box.value", "read box.value; read box.value"),
    ("attribute of a class", "Owner.total", "read global Owner; read Owner.total"),
    ("attribute written to a class", "Owner.total = 1", "read global Owner; write Owner.total"),
    ("attribute found on the class", "box.total", "read box.total + read Owner.total"),
    ("attribute of a base class", "Heir.total", "read global Heir; read Heir.total + read Owner.total"),
    ("attribute of a metaclass", "Levelled.level", "read global Levelled; read Levelled.level + read Meta.level"),
    (
        "attribute of a metaclass by getattr",
        "getattr(Levelled, 'level')",
        "read global Levelled; read Levelled.level + read Meta.level",
    ),
    (
        "attribute of a metaclass that is asked first",
        "Levelled.__name__",
        "read global Levelled; read Levelled.__name__",
    ),
    ("attribute of a module", "module.sep", "read global module; read shelf.sep"),
    ("attribute written to a module", "module.sep = 1", "read global module; write shelf.sep"),
    (
        "attribute deleted from a module",
        "module.sep = 1; del module.sep",
        "read global module; write shelf.sep; read global module; delete shelf.sep",
    ),
    ("attribute by getattr", "getattr(box, 'value')", "read box.value"),
    ("attribute of the class by getattr", "getattr(box, 'total')", "read box.total + read Owner.total"),
    (
        "attribute of the class by attrgetter",
        "operator.attrgetter('total')(box)",
        "read global operator; read operator.attrgetter; read box.total + read Owner.total",
    ),
    (
        "attribute written by type.__setattr__",
        "type.__setattr__(Owner, 'total', 1)",
        "read global Owner; write Owner.total",
    ),
    ("item of a class's dict", "Owner.__dict__['total']", "read global Owner; read Owner.__dict__; read Owner.total"),
    ("item of a class's vars", "'total' in vars(Owner)", "read global Owner; read Owner.__dict__; read Owner.total"),
    ("size of an instance's dict", "len(box.__dict__)", "read box.__dict__; read box.*"),
    (
        "instance's dict by object.__getattribute__",
        "object.__getattribute__(box, '__dict__')['value']",
        "read box.__dict__; read box.value",
    ),
    (
        "instance's dict by attrgetter",
        "operator.attrgetter('__dict__')(box)['value']",
        "read global operator; read operator.attrgetter; read box.__dict__; read box.value",
    ),
    (
        "instance's dict by map",
        "next(map(vars, [box]))['value']",
        "read list.shape; update map.state + update iterator.state + read list[*] + read box.__dict__; read box.value",
    ),
    ("instance's dict by a weakref proxy", "proxy.__dict__['value']", "read box.__dict__; read box.value"),
    ("module's dict by vars", "vars(module)['sep']", "read global module; read shelf.__dict__; read shelf.sep"),
    (
        "attribute of a container's subclass by object.__setattr__",
        "object.__setattr__(stack, 'value', 1), object.__getattribute__(stack, 'value')",
        "write stack.value; read stack.value",
    ),
    ("class exchanged", "box.__class__ = Heir", "read global Heir; update replaced + write box.*"),
    ("dict exchanged", "box.__dict__ = box.__dict__", "read box.__dict__; write box.*"),
    (
        "bases exchanged",
        "Heir.__bases__ = (Owner,)",
        "read global Owner; read global Heir; update replaced + write Heir.*",
    ),
    ("attribute of a method", "box.method.__doc__", "read box.method + read Owner.method; read method.__doc__"),
    ("cell's content", "(lambda: n).__closure__[0].cell_contents", "read generator.__closure__; read cell"),
    ("default factory exchanged", "default.default_factory = None", "write default.*"),
    ("default factory exchanged by setattr", "setattr(default, 'default_factory', None)", "write default.*"),
    ("names in a module", "dir(module)", "read global module; read shelf.None"),
    ("state of an object", "box.__reduce_ex__(4)", "read box.*"),
    ("containers in a tuple printed", "repr(pair)", "read items[*]"),
    ("containers in a tuple in an f-string", "f'{pair}'", "read items[*]"),
    ("containers in a tuple compared", "pair == (1, 2)", "read items[*]"),
    ("containers in a tuple searched", "2 in pair", "read items[*]"),
    ("containers in a container compared", "nested == other", "read nested[*] + read other[*] + read list[*]"),
    ("containers in a container as text", "str(nested)", "read nested[*] + read list[*]"),
    (
        "containers in an object written down",
        "import pickle; pickle.dumps(point)",
        "read pickle.dumps; read point.* + read list[*]",
    ),
    ("unpacking after a store", "box.value = x, y, z = items", "write box.value; read items[*]"),
    (
        "unpacking between two stores",
        "box.value = [x, *y] = box.other = items",
        "write box.value; read items[*]; write box.other",
    ),
    ("unpacking twice", "x, y, z = v, *w = items", "read items[*]; read items[*]"),
    (
        "what a with gives unpacked",
        "with walked as (x,), walked as w: pass",
        "read walked.items; read other[*]; read walked.items",
    ),
    ("how far an iterator has to go", "it.__length_hint__()", "update it.state + read list[*]"),
    (
        "how far an iterator may have to go",
        "operator.length_hint(it)",
        "read global operator; read operator.length_hint; update it.state + read list[*]",
    ),
    ("attribute in a format", "'{0.value}'.format(box)", "read box.* + read items[*] + read Owner.*"),
    (
        "attribute of a named one in a format",
        "'{it.value}'.format(it=box)",
        "read box.* + read items[*] + read Owner.*",
    ),
    ("bytearray in bytes", "raw in b'abc'", "read raw[*]"),
    ("bytearray in a tuple of bytes", "raw in (b'a', 1)", "read raw[*]"),
    ("set in a set", "unique in {frozen}", "read set[any] + read unique[*]"),
    ("set equal to a frozenset", "frozen == unique", "read unique[*]"),
    ("bytearray compared with bytes", "raw == b'abc'", "read raw[*]"),
    ("bytearray joined", "b''.join([raw])", "read list[*] + read raw[*]"),
    ("memoryview made", "bytes(memoryview(raw))", "read raw.shape; read raw[*]"),
    ("memoryview compared", "memoryview(raw) == raw", "read raw.shape; read raw[*] + read raw[*]"),
    ("memoryview's method", "memoryview(raw).tobytes()", "read raw.shape; read raw[*]"),
    ("text executed", "exec('x = 1', words)", "update words[*]"),
    ("text evaluated", "eval('box.value')", "read shape of global None + update box.*"),
    ("closure variables by eval", "(lambda: n), eval('n')", "read cell; read shape of global None"),
    ("closure variables by locals", "(lambda: n), id(locals())", "read cell"),
    ("two closure variables by locals, at once", "(lambda: (n, index)), id(locals())", "read cell + read cell"),
    ("key function in C", "sorted(names, key=words.get)", "read names[*] + read words[any]"),
    (
        "key function that reads an attribute",
        "max([box], key=operator.attrgetter('value'))",
        "read global operator; read operator.attrgetter; read list[*] + read box.value",
    ),
    (
        "method of a container mapped",
        "next(map(words.get, names))",
        "read names.shape; update map.state + update iterator.state + read names[*] + read words[any]",
    ),
    (
        "method of a container as a filter",
        "list(filter(unique.__contains__, items))",
        "read items.shape; update filter.state + update iterator.state + read items[*] + read unique[any]",
    ),
    (
        "method of a container called until",
        "next(iter(items.pop, 0))",
        "update callable_iterator.state + update items[*]",
    ),
    (
        "all of it taken at once",
        "itertools.permutations(items)",
        "read global itertools; read itertools.permutations; read items[*]",
    ),
    ("attribute by getattr with a default", "getattr(box, 'none', 1)", "read box.none"),
    ("attribute by setattr", "setattr(box, 'value', 2)", "write box.value"),
    ("attribute by delattr", "delattr(box, 'value')", "delete box.value"),
    ("attribute by hasattr", "hasattr(box, 'value')", "read box.value"),
    ("attribute by vars", "vars(box)['value'] = 1", "read box.__dict__; write box.value + write box.__dict__.value"),
    ("attribute by __dict__", "box.__dict__['value']", "read box.__dict__; read box.value"),
    (
        "attribute by attrgetter",
        "operator.attrgetter('value')(box)",
        "read global operator; read operator.attrgetter; read box.value",
    ),
    ("attribute by super", "heir.up()", "read heir.up + read Heir.up; read Owner.method"),
    ("property", "box.prop", "read box.prop + read Owner.prop"),
    ("attribute in an f-string", "f'{box.value}'", "read box.value"),
    ("attribute in a lambda", "(lambda: box.value)()", "read cell; read box.value"),
    ("attribute in a comprehension", "[box.value for x in (1, 2)]", "read box.value; read box.value"),
    ("attribute in a generator", "list(box.value for x in (1,))", "read cell; read box.value"),
    ("attribute in a default", "def f(x=box.value): pass", "read box.value"),
    ("attribute in a decorator", "@box.method\ndef f(): pass", "read box.method + read Owner.method"),
    ("attribute in a class body", "class C: x = box.value", "read cell; read box.value"),
    ("attribute in a condition", "box.value and box.value", "read box.value; read box.value"),
    ("attribute in unpacking", "box.a, box.b = 1, 2", "write box.a; write box.b"),
    ("attribute as a loop variable", "for box.value in (1, 2): pass", "write box.value; write box.value"),
    ("attribute in a with statement", "with kept as box.value: pass", "write box.value"),
    # instances that share their dict, or stand for another one
    ("attribute of a Borg", "borg.value", "read borg.value + read shared['value']"),
    (
        "attribute of a Borg written",
        "borg.value = 2",
        "write borg.value + write shared['value'] + write shared.shape['value']",
    ),
    (
        "attribute of a Borg by its dict",
        "vars(borg)['value']",
        "read borg.__dict__ + read shared['__dict__']; read shared['value']",
    ),
    (
        "method of a Borg",
        "borg.__init__()",
        "read borg.__init__ + read Borg.__init__ + read shared['__init__']; read borg.shared + read Borg.shared + read shared['shared']; write borg.*",
    ),
    ("attribute by a weakref proxy", "proxy.value", "read box.value"),
    ("attribute by a weakref proxy augmented", "proxy.value += 1", "read box.value; write box.value"),
    ("attribute of a class by a weakref proxy", "proxy.total", "read box.total + read Owner.total"),
    ("attribute by setattr of a weakref proxy", "setattr(proxy, 'value', 2)", "write box.value"),
    ("method by a weakref proxy", "proxy.method(1)", "read box.method + read Owner.method"),
    # what calls and operators go by
    (
        "default values exchanged",
        "function.__defaults__ = (1,)",
        "read global function; update replaced + write function.__defaults__",
    ),
    ("special method exchanged", "Owner.__len__ = len", "read global Owner; update replaced + write Owner.__len__"),
    (
        "name of a module imported",
        "from tests.instrument.things import Box, kw",
        "read tests.instrument.things.Box + read tests.instrument.things.kw",
    ),
    (
        "keyword that a function goes by",
        "named.__kwdefaults__['x'] = 1",
        "read global named; read named.__kwdefaults__; write dict['x'] + write dict.shape['x'] + update replaced",
    ),
    (
        "keywords that a partial goes by",
        "getattr(part, 'keywords').update(x=1)",
        "read part.keywords; update dict[*] + update replaced",
    ),
    (
        "what a partial goes by",
        "part.__setstate__((len, (), {}, {}))",
        "update replaced + update part.* + update dict.* + update dict.*",
    ),
    # methods of Python classes
    ("method", "box.method(1)", "read box.method + read Owner.method"),
    ("method of a base class", "heir.method(1)", "read heir.method + read Heir.method + read Owner.method"),
    ("static method", "box.static()", "read box.static + read Owner.static"),
    ("class method", "Owner.make()", "read global Owner; read Owner.make"),
    ("method of a super class", "super(Heir, heir).method(1)", "read global Heir; read Owner.method"),
    (
        "method by methodcaller",
        "operator.methodcaller('method', 1)(box)",
        "read global operator; read operator.methodcaller; read box.method + read Owner.method",
    ),
    (
        "method in C by methodcaller with a keyword",
        "operator.methodcaller('sort', key=None)(items)",
        "read global operator; read operator.methodcaller; update items[*]",
    ),
    (
        "callable in an attribute by methodcaller",
        "operator.methodcaller('f', items)(box)",
        "read global operator; read operator.methodcaller; read box.f + read items.shape",
    ),
    ("callable in an attribute", "box.f(items)", "read box.f; read items.shape"),
    # items
    ("item read", "items[0]", "read items[0]"),
    ("item write", "items[0] = 1", "write items[0]"),
    ("item delete", "del items[0]", "delete items[*]"),
    ("item augmented", "items[0] += 1", "read items[0]; write items[0]"),
    ("item by a negative index", "items[-1]", "read items[any]"),
    ("slice read", "items[1:]", "read items[*]"),
    ("slice write", "items[1:] = [1]", "write items[*] + read list[*]"),
    ("slice write of another list", "items[1:] = other", "write items[*] + read other[*]"),
    ("slice delete", "del items[:1]", "delete items[*]"),
    ("key read", "table['a']", "read table['a']"),
    ("key write", "table['b'] = 1", "write table['b'] + write table.shape['b']"),
    ("key delete", "del table['a']", "delete table['a'] + delete table.shape['a']"),
    ("key augmented", "table['a'] += 1", "read table['a']; write table['a'] + write table.shape['a']"),
    (
        "key compared by identity",
        "table[Owner] = 1",
        "read global Owner; write table[<type>] + write table.shape[<type>]",
    ),
    ("tuple key", "table[1, 2] = 1", "write table[(1, 2)] + write table.shape[(1, 2)]"),
    ("item of a deque", "queue[0]", "read queue[0]"),
    ("item of a bytearray", "raw[0] = 1", "write raw[0]"),
    ("item of an array", "numbers[1] = 1", "write numbers[1]"),
    ("item of an ordered dict", "ordered['a']", "read ordered['a']"),
    ("missing key with a C factory", "default['a']", "update default['a'] + update default.shape['a']"),
    (
        "missing key with a Python factory",
        "python['a']",
        "read python['a']; write python['a'] + write python.shape['a']",
    ),
    ("item of a subclass", "stack[0]", "read stack[0]"),
    ("item of a tuple", "pair[1][0]", "read items[0]"),
    ("item by operator", "operator.getitem(items, 0)", "read global operator; read operator.getitem; read items[0]"),
    (
        "item by itemgetter",
        "operator.itemgetter(0)(items)",
        "read global operator; read operator.itemgetter; read items[0]",
    ),
    ("item by a special method", "items.__getitem__(0)", "read items[0]"),
    ("item store by a special method", "table.__setitem__('a', 2)", "write table['a'] + write table.shape['a']"),
    # globals
    ("global read", "g", "read global g"),
    ("global write", "global g; g = 2", "write global g"),
    ("global delete", "global g; del g", "delete global g"),
    ("global augmented", "global g; g += 1", "read global g; write global g"),
    ("global in a loop", "global g\nfor g in (1, 2): pass", "write global g; write global g"),
    ("global in unpacking", "global g\ng, n = 1, 2", "write global g"),
    ("global as a with target", "global g\nwith kept as g: pass", "write global g"),
    ("global by an import", "global g\nimport operator as g", "write global g"),
    ("global by a definition", "global g\ndef g(): pass", "write global g"),
    ("global by a class", "global g\nclass g: pass", "write global g"),
    ("global by a walrus", "global g\n(g := 5)", "write global g"),
    (
        "global by an exception",
        "global g\ntry: 1 / 0\nexcept ZeroDivisionError as g: pass",
        "write global g; write global g; delete global g",
    ),
    ("global function called", "function(1)", "read global function"),
    ("global by globals()", "globals()['g']", "read global g"),
    ("global written by globals()", "globals()['g'] = 2", "write global g + write shape of global g"),
    # closure variables
    ("closure read", "f = lambda: n\nf()", "read cell"),
    ("closure write", "def f():\n nonlocal n\n n = 2\nf()", "write cell"),
    ("closure augmented", "def f():\n nonlocal n\n n += 2\nf()", "read cell; write cell"),
    ("closure delete", "del n\nf = lambda: n", "delete cell"),
    ("closure in a loop", "for n in (1, 2): f = lambda: n", "write cell; write cell"),
    ("closure by a definition", "def n(): return n", "write cell"),
    ("closure captured by a generator", "list(n for x in (1, 2))", "read cell; read cell"),
    ("closure and local comprehension", "[n for x in (1, 2)]", ""),
    # list methods
    ("append", "items.append(4)", "update items[*]"),
    ("append of a read", "items.append(box.value)", "read box.value; update items[*]"),
    ("extend", "items.extend(other)", "update items[*] + read other[*]"),
    ("insert", "items.insert(0, 1)", "update items[*]"),
    ("pop", "items.pop()", "update items[*]"),
    ("remove", "items.remove(1)", "update items[*]"),
    ("index", "items.index(1)", "read items[*]"),
    ("list count", "items.count(1)", "read items[*]"),
    ("sort", "items.sort(key=None)", "update items[*]"),
    ("reverse", "items.reverse()", "update items[*]"),
    ("clear", "items.clear()", "write items[*]"),
    ("list copy", "items.copy()", "read items[*]"),
    ("bound method kept", "f = items.append\nf(1)", "update items[*]"),
    ("unbound method", "list.append(items, 1)", "update items[*]"),
    ("method with star", "items.append(*(1,))", "update items[*]"),
    ("method with a star among others", "items.insert(0, *(box.value,))", "read box.value; update items[*]"),
    ("method of a subclass", "stack.append(1)", "update stack[*]"),
    ("overridden method", "loud.append(1)", "read loud.append + read Loud.append; update loud[*]"),
    # dict methods
    ("get", "table.get('a')", "read table['a']"),
    ("setdefault", "table.setdefault('a', 1)", "update table['a'] + update table.shape['a']"),
    ("dict pop", "table.pop('a')", "update table['a'] + update table.shape['a']"),
    ("popitem", "table.popitem()", "update table[*]"),
    ("update", "table.update(words)", "update table[*] + read words[*]"),
    ("keys", "table.keys()", ""),
    ("walk over keys", "for k in table: pass", "read table.shape; read table.shape; read table.shape"),
    ("walk over items", "for k, v in table.items(): pass", "read table.shape; read table[*]; read table[*]"),
    ("move_to_end", "ordered.move_to_end('a')", "update ordered[*]"),
    # sets, deques, bytes
    ("add", "unique.add(3)", "write unique[3] + write unique.shape[3]"),
    ("discard", "unique.discard(3)", "write unique[3] + write unique.shape[3]"),
    ("set remove", "unique.remove(1)", "update unique[1] + update unique.shape[1]"),
    ("set pop", "unique.pop()", "update unique[*]"),
    ("union", "unique.union(items)", "read unique[*] + read items[*]"),
    ("frozenset union", "frozen.union(items)", "read items[*]"),
    ("appendleft", "queue.appendleft(0)", "update queue[*]"),
    ("popleft", "queue.popleft()", "update queue[*]"),
    ("rotate", "queue.rotate(1)", "update queue[*]"),
    ("bytearray append", "raw.append(1)", "update raw[*]"),
    ("array append", "numbers.append(1)", "update numbers[*]"),
    # iteration
    ("iteration", "for x in items: pass", "read items[*]; read items[*]; read items[*]; read items[*]"),
    ("iteration over a deque", "for x in queue: break", "read queue.shape; read queue[*]"),
    ("iteration over a set", "for x in unique: break", "read unique.shape; read unique.shape"),
    (
        "iteration over enumerate",
        "for i, x in enumerate(other): pass",
        "read other.shape; " + "; ".join(["update enumerate.state + update iterator.state + read other[*]"] * 2),
    ),
    ("iteration in a comprehension", "[x for x in other]", "read other[*]; read other[*]"),
    ("iteration in a generator", "list(x for x in other)", "read other[*]; read other[*]"),
    ("iteration of an iterator", "for x in it: pass", "update it.state + read list[*]; update it.state + read list[*]"),
    ("iteration of a generator", "for x in gen: break", "update gen.state"),
    ("next", "next(count)", "update count.state"),
    ("next of a list's iterator", "next(it)", "update it.state + read list[*]"),
    ("next of a generator", "next(gen)", "update gen.state"),
    # what reads a container
    ("in a list", "1 in items", "read items[*]"),
    ("in a dict", "'a' in table", "read table['a']"),
    ("in a set", "1 not in unique", "read unique[1]"),
    ("in a dict's keys", "'v' in view", "read dict['v']"),
    ("len", "len(items)", "read items.shape"),
    ("truth", "1 if items else 2", "read items.shape"),
    ("truth by not", "not table", "read table.shape"),
    ("truth by and", "items and 1", "read items.shape"),
    ("truth by bool", "bool(items)", "read items.shape"),
    ("truth in while", "while items: items.clear()", "read items.shape; write items[*]; read items.shape"),
    ("truth in an assertion", "assert items", "read items.shape"),
    ("comparison", "items == other", "read items[*] + read other[*]"),
    ("comparison of order", "items < other", "read items[*] + read other[*]"),
    ("concatenation", "items + other", "read items[*] + read other[*]"),
    ("repetition", "items * 2", "read items[*]"),
    ("in-place extension", "items += other", "update items[*] + read other[*]"),
    ("in-place union", "unique |= {5}", "update unique[*] + read set[*]"),
    ("in-place union of an attribute", "box.items += (1,)", "read box.items; update items[*]; write box.items"),
    ("unpacking", "a, b, c = items", "read items[*]"),
    ("unpacking what is inside", "a, (b,) = 1, other", "read other[*]"),
    ("unpacking in a loop over a tuple", "for a, b in (names, (1, 2)): pass", "read names[*]"),
    (
        "unpacking what is inside a list",
        "box.items[:] = [1, other]; a, [b] = box.items",
        "read box.items; write items[*] + read list[*]; read box.items; read items[*] + read other[*]",
    ),
    ("unpacking in a loop", "for a, [b] in [(1, other)]: pass", "read list[*]; read other[*]; read list[*]"),
    ("star", "[*items]", "read items[*]"),
    ("star of a call", "function(*items)", "read global function; read items[*]"),
    ("star among arguments", "max(1, *items, *other)", "read items[*]; read other[*]"),
    ("star of a call into C", "max(*items)", "read items[*]"),
    ("star before keywords", "max(*items, key=box.f and None)", "read box.f; read items[*]"),
    (
        "stars into C, of which the arguments are known",
        "operator.setitem(table, *('a', box.value))",
        "read global operator; read operator.setitem; read box.value; write table['a'] + write table.shape['a']",
    ),
    (
        "double star into C",
        "table.update(other and (), **words, z=box.value)",
        "read other.shape; read words[*]; read box.value; update table[*]",
    ),
    (
        "many arguments into C",
        "max(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, *other, key=box.f and None)",
        "read other[*]; read box.f",
    ),
    (
        "many arguments of a method",
        "file.write(*('',), **{}), items.extend(*[other], *[])",
        "update file.*; update items[*] + read other[*]",
    ),
    (
        "many arguments without a star",
        "'{}{}'.format(items, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, box.value, other)",
        "read box.value; read items[*] + read other[*]",
    ),
    ("double star", "{**table}", "read table[*]"),
    ("double star of a call", "function(**table)", "read global function; read table[*]"),
    ("format", "f'{items}'", "read items[*]"),
    ("percent format", "'%s' % items", "read items[*]"),
    ("str", "str(items)", "read items[*]"),
    ("repr", "repr(table)", "read table[*]"),
    ("list of", "list(items)", "read items[*]"),
    ("dict of", "dict(table)", "read table[*]"),
    ("set of", "set(items)", "read items[*]"),
    ("tuple of", "tuple(queue)", "read queue[*]"),
    ("sum", "sum(items)", "read items[*]"),
    ("sorted", "sorted(items)", "read items[*]"),
    ("sorted with a key", "sorted(items, key=None)", "read items[*]"),
    ("max", "max(items)", "read items[*]"),
    ("any", "any(items)", "read items[*]"),
    ("join", "''.join(names)", "read names[*]"),
    (
        "zip",
        "list(zip(items, other))",
        "read items.shape + read other.shape; update zip.state + update iterator.state + update iterator.state + read items[*] + read other[*]",
    ),
    ("map", "list(map(str, other))", "read other.shape; update map.state + update iterator.state + read other[*]"),
    ("match a sequence", "match items:\n case [1, *rest]: pass", "read items[*]"),
    ("match a mapping", "match table:\n case {'a': 1}: pass", "read table['a']"),
    ("match a class", "match box:\n case Owner(value=1): pass", "read global Owner; read box.value"),
    (
        "yield from",
        "list((lambda: (yield from other))())",
        "update generator.state; read cell; read other[*]; read other[*]",
    ),
    # special methods that run as one step
    ("one step: item read", "opaque['x']", "update opaque.*"),
    ("one step: item written", "opaque['x'] = 1", "update opaque.*"),
    ("one step: item deleted", "del opaque['x']", "update opaque.*"),
    ("one step: item augmented", "opaque['x'] += 1", "update opaque.*; update opaque.*"),
    ("one step: in", "items in opaque", "update opaque.* + update items.*"),
    ("one step: len", "len(opaque)", "update opaque.*"),
    ("one step: truth", "1 if opaque else 2", "update opaque.*"),
    (
        "one step: iteration",
        "for x in opaque: pass",
        "update opaque.*; update opaque.* + update tuple_iterator.state; update opaque.* + update tuple_iterator.state",
    ),
    ("one step: list of", "list(opaque)", "update opaque.*"),
    ("one step: unpacking", "(a,) = opaque", "update opaque.*"),
    ("one step: comparison", "opaque == items", "read items[*] + update opaque.*"),
    ("one step: comparison of what is inside", "[opaque] == other", "read list[*] + read other[*] + update opaque.*"),
    ("one step: in-place operator", "opaque += items", "read items[*] + update opaque.* + update items.*"),
    (
        "one step: operator from the right",
        "items - opaque",
        "read items[*] + update opaque.* + update opaque.* + update items.*",
    ),
    ("one step: call", "opaque()", "update opaque.*"),
    ("one step: format", "f'{opaque}'", "update opaque.*"),
    ("one step: with", "with opaque: pass", "update opaque.*; update opaque.*"),
    ("one step: property", "opaque.prop", "read opaque.prop + read Opaque.prop + read opaque.*"),
    ("one step: property stored", "opaque.prop = 1", "write opaque.prop + update opaque.* + update opaque.*"),
    ("one step: property deleted", "del opaque.prop", "delete opaque.prop + update opaque.*"),
    ("one step: attribute stored", "opaque.x = 1", "write opaque.x + update opaque.*"),
    ("one step: attribute that isn't there", "opaque.x", "read opaque.x + update opaque.*"),
    ("one step: attribute by name", "getattr(opaque, 'x', 0)", "read opaque.x + update opaque.*"),
    ("one step: missing item", "filling['x']", "read filling['x'] + update filling.*"),
    ("one step: key of an item", "table[opaque] = 1", "write table[any] + write table.shape + update opaque.*"),
    ("one step: key of a method", "unique.add(opaque)", "write unique[any] + write unique.shape + update opaque.*"),
    (
        "one step: key of a private dict",
        "d = {}; d[opaque] = 1",
        "write dict[any] + write dict.shape + update opaque.*",
    ),
    ("one step: key in a tuple", "(1, opaque) in table", "read table[any] + update opaque.*"),
    ("one step: hash of a dataclass", "hash(Point(1))", "read global Point; read Point.*"),
    ("one step: operator with one operand", "-opaque", "update opaque.*"),
    (
        "one step: comparison of dataclasses that lead to themselves",
        "cycle == point",
        "read cycle.* + read point.* + read list[*]",
    ),
    ("one step: format of dataclasses that lead to themselves", "f'{cycle}'", "read cycle.*"),
    ("one step: comparison of dataclasses", "point == point", "read point.* + read list[*]"),
    # objects of Python classes that hold containers
    (
        "iteration by a list's iterator",
        "for x in walked: pass",
        "read walked.items; read other.shape; update iterator.state + read other[*]; update iterator.state + read other[*]",
    ),
    ("list of what has a list's iterator", "list(walked)", "read other[*]; read walked.items; read other.shape"),
    (
        "iteration from one to the next",
        "for x in itertools.chain.from_iterable([other]): pass",
        "read global itertools; read itertools.chain; read list[*]; "
        + "update chain.state + update iterator.state + read list[*] + read other[*]; update chain.state + update iterator.state + update iterator.state + read other[*] + read list[*] + read other[*]",
    ),
    # exceptions
    (
        "note added",
        "error.add_note('x'), error.add_note('y')",
        "update error.__notes__; update error.__notes__ + update list[*]",
    ),
    ("traceback exchanged", "error.with_traceback(None)", "write error.__traceback__"),
    ("cause stored", "error.__cause__ = None", "write error.__cause__ + write error.__suppress_context__"),
    ("exception as text", "str(trouble)", "read trouble.args + read other[*]"),
    (
        "exception as text by its method",
        "trouble.__repr__()",
        "read trouble.__repr__; read trouble.args + read other[*]",
    ),
    ("exception with more than arguments as text", "f'{error}'", "read error.*"),
    (
        "exception with a form of its own as text",
        "class E(Exception):\n def __repr__(self): return ''\nf'{E(other)}'",
        "read other[*]; read E.args + read other[*]",
    ),
    # other objects of C
    ("weakref", "ref()", "read ref.state"),
    ("file write", "file.write('x')", "update file.*"),
    ("random method", "rng.random()", "update rng.*"),
    (
        "attribute by a name in a container",
        "list(map(getattr, [box], ['x'], [0]))",
        "read list.shape + read list.shape + read list.shape; update map.state + update iterator.state + update iterator.state + update iterator.state + read list[*] + read list[*] + read list[*] + read box.*",
    ),
    (
        "attribute by its slot",
        "types.FunctionType.__code__.__get__(function)",
        "read global types; read types.FunctionType; read __code__.__get__; read global function; read function.__code__",
    ),
    ("partial", "part(items)", "read items.shape"),
    (
        "partial with a keyword",
        "functools.partial(sum, start=items)(())",
        "read global functools; read functools.partial; read items[*]",
    ),
    (
        "partial as text",
        "repr(functools.partial(len, items))",
        "read global functools; read functools.partial; read partial.* + read dict[*] + read items[*]",
    ),
    ("counter", "counter['a'] += 1", "read counter['a']; write counter['a'] + write counter.shape['a']"),
    (
        "reduce",
        "functools.reduce(operator.add, items)",
        "read global functools; read functools.reduce; read global operator; read operator.add; read items[*]",
    ),
    # what others wrote in C
    ("C code of others, a function", "push(thing)", "read global push; update thing.*"),
    ("C code of others, a method", "thing.look()", "update thing.*"),
    ("C code of others, an operator", "thing + thing", "read thing.* + read thing.*"),
    ("C code of others, an operator with a constant", "thing + 1", "read thing.*"),
    ("C code of others, an operator on its right", "1 + thing", "read thing.*"),
    ("C code of others, an operator in place", "thing += 1", "update thing.*"),
    ("C code of others, an operator with one operand", "-thing", "read thing.*"),
    ("C code of others, a comparison", "thing == 0", "read thing.*"),
    ("in a display", "items in (other, 1), n in (n, 1)", "read items[*] + read other[*]"),
    ("in a list display", "items in [other, 1]", "read list[*] + read items[*] + read other[*]"),
    ("in a display of constants", "items in (1, 'a'), n in {1, 2}, text in f'{n}'", ""),
    ("comparison with a number", "items == n, items == 0, raw == b''", "read raw[*]"),
    ("C code of others, an item", "thing[0]", "read thing.*"),
    ("C code of others, a walk", "for _ in thing: pass", "read thing.*"),
    ("C code of others, in an f-string", "f'{thing}'", "read thing.*"),
    ("C code of others, as text", "str(thing), repr([thing])", "read thing.*; read list[*] + read thing.*"),
    ("C code of others, to list", "list(thing)", "read thing.*"),
    ("C code of others, its truth", "not thing", "read thing.*"),
    ("operator with one operand", "-n, +n, ~n, -counter", "read counter[*]"),
    ("unknown C call", "operator.index(5)", "read global operator; read operator.index; update index.state"),
    ("immutable", "text.split(), text + 'a', pair[0], (1, 2) + pair, text == 'a'", ""),
]
