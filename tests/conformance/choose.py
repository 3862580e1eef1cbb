"""choose.py: chooses at random what a session of a new trace does next. record.py performs and writes it."""
import sqlite3

import sqlalchemy as sa
from models import COLUMNS, MODELS, RELATIONS, TABLES

WORDS = ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ida", "joe", "kim", "lea", "max", "nan", ""]
FLOATS = [0.0, 0.25, 0.5, 1.5, 2.75, -3.5, 99.5]
INTEGERS = [0, 1, 2, 7, 8, 21, 40, -5, 1000000]
LETTERS = {"User": "u", "Post": "p", "Payment": "y", "Profile": "f", "License": "l", "Tag": "t", "Category": "c", "Order": "o",
           "OrderItem": "i", "Role": "r", "Member": "m", "Team": "g", "Player": "q", "Dept": "d", "Employee": "e"}
FAMILIES = [["User", "Post", "Tag"], ["User", "Post", "Payment", "Profile", "License", "Tag"], ["User", "Payment", "Profile"],
            ["User", "Profile", "License"], ["Category"], ["Order", "OrderItem"], ["Role", "Member"], ["Team", "Player"],
            ["Dept", "Employee"]]
FAMILY_WEIGHTS = [4, 4, 4, 2, 5, 3, 3, 2, 2]
WEIGHTS = {"child": 19, "add": 5, "list": 9, "read_ref": 7, "link": 14, "unlink": 12, "query": 5, "read": 7, "set": 7,
           "state": 7, "delete": 7, "get": 4, "count": 2, "len": 1, "marked_deleted": 2, "in_session": 1, "is_modified": 2,
           "commit": 9, "flush": 6, "rollback": 3.2, "savepoint": 6, "end": 22, "expire": 2.5, "refresh": 1.5, "expire_all": 0.3,
           "expunge": 0.5, "reopen": 0.6, "ext": 2, "sql": 0.05, "assign": 0.5, "again": 1, "set_key": 0.4}
UNEVEN = [0.2, 0.5, 1, 1, 1, 2, 4]  # What the weights of a trace are multiplied with.


class Chooser:
    """Yields the operations of one trace; looks at what its recorder has, and never loads anything by looking."""

    def __init__(self, chance, recorder):
        self.chance, self.recorder = chance, recorder
        self.models = []
        for family in chance.choices(FAMILIES, FAMILY_WEIGHTS, k=chance.choice([1, 1, 2])):
            self.models += [m for m in family if m not in self.models]
        self.weights = WEIGHTS
        if chance.random() < 0.5:  # Each has more of some things than of others, so that these meet more often.
            self.weights = {what: weight * chance.choice(UNEVEN) for what, weight in WEIGHTS.items()}
        self.nulls, self.keys = chance.choice([0.01, 0.05, 0.05, 0.2]), chance.choice([0.05, 0.3, 0.4, 0.6])
        self.numbers, self.unique, self.open = {}, 0, []

    def likely(self, share):
        return self.chance.random() < share

    def operations(self):
        length = self.chance.choice([5, 10, 15, 20, 30, 40, 60])
        if self.likely(0.4):
            yield {"op": "ext", "sql": self.rows()}
            yield from self.query()
        while len(self.recorder.done) < length:
            if not self.recorder.session.is_active and self.likely(0.95):
                yield from self.end_failed()
                continue
            what = self.chance.choices(list(self.weights), self.weights.values())[0]
            yield from getattr(self, what)() if hasattr(self, what) else self.single(what)

    # Values.

    def value(self, column):
        if column["nullable"] and self.likely(0.1):
            return None
        if column["unique"]:
            self.unique += 1
            return "n%d" % (self.unique if self.likely(0.95) else self.chance.randint(1, 4))
        return self.chance.choice({"int": INTEGERS, "float": FLOATS, "text": WORDS, "bool": [True, False]}[column["type"]])

    def assigned(self, column):
        """What a program assigns; sometimes a null that the column cannot have."""
        return None if not column["nullable"] and self.likely(self.nulls) else self.value(column)

    def plain(self, model):
        return [c for c in MODELS[model]["columns"] if not c["pk"] and not c["fk"]]

    def fresh(self, model):
        cols = {}
        if model == "OrderItem":
            cols["line"] = self.chance.randint(1, 6)
        elif self.likely(self.keys):
            cols["id"] = self.chance.randint(1, 20)
        for c in self.plain(model):
            needed = not c["nullable"] and c["default"] is None
            if self.likely(0.995 if needed else 0.4):
                value = None if needed and self.likely(self.nulls / 4) else self.value(c)
                if value is not None or c["default"] is None or self.likely(0.05):
                    cols[c["name"]] = value
        letter = LETTERS[model]
        self.numbers[letter] = self.numbers.get(letter, 0) + 1
        return {"op": "new", "obj": "%s%d" % (letter, self.numbers[letter]), "model": model, "cols": cols}

    def rows(self):
        """Rows for `ext`, parents first."""
        keys, text = {}, []
        for model in self.models:
            spec = MODELS[model]
            for key in range(1, self.chance.randint(1, 4)):
                values = []
                for c in spec["columns"]:
                    if c["fk"]:
                        parents = keys.get(c["fk"].partition(".")[0], [])
                        value = self.chance.choice(parents) if parents and (not c["nullable"] or self.likely(0.8)) else None
                        taken = keys.setdefault((model, c["name"]), set())
                        value = None if c["unique"] and value in taken else value
                        taken.add(value)
                    else:
                        value = key if c["pk"] else self.value(c)
                    values.append(value)
                if all(v is not None or c["nullable"] for v, c in zip(values, spec["columns"])):
                    keys.setdefault(spec["table"], []).append(key)
                    quoted = ["NULL" if v is None else "'%s'" % v if isinstance(v, str) else str(+v) for v in values]
                    text.append("INSERT INTO %s VALUES(%s)" % (spec["table"], ",".join(quoted)))
        return "; ".join(text) or "DELETE FROM tags"

    # Objects.

    def pick(self, model=None, good=0.93, test=lambda state: True):
        """A handle of an object; mostly one that is in the session or may come into it, not one that is gone."""
        held = [(h, sa.inspect(o)) for h, o in self.recorder.objects.items()
                if (model is None and type(o).__name__ in self.models or type(o).__name__ == model)]
        held = [(h, s) for h, s in held if test(s)]
        best = [(h, s) for h, s in held if (s.pending or s.persistent or s.transient) and s.obj() not in self.recorder.rolled_back
                and s.obj() not in self.recorder.session.deleted]
        held = best if best and self.likely(good) else held
        return self.chance.choice(held)[0] if held else None

    def model_of(self, handle):
        return type(self.recorder.objects[handle]).__name__

    def with_relation(self, many=None, **options):
        handle = self.pick(**options)
        names = [] if handle is None else [r for r in RELATIONS[self.model_of(handle)].values() if r["model"] in self.models
                                           and many in (None, r["kind"].endswith("to_many"))]
        return (handle, self.chance.choice(names)) if names else (None, None)

    def look(self, handle, relation):
        many = relation["kind"].endswith("to_many")
        return {"op": ("len" if self.likely(0.1) else "list") if many else "read_ref", "obj": handle, "rel": relation["name"]}

    def ends(self, handle, relation, target):
        """Mostly both ends are loaded before they are changed, as a program does that shows what it changes."""
        for h, r in ((handle, relation), (target, RELATIONS[relation["model"]][relation["back_populates"]])):
            if h is not None and sa.inspect(self.recorder.objects[h]).persistent and self.likely(0.75):
                yield self.look(h, r)

    def change(self, handle, relation, target):
        yield from self.ends(handle, relation, target)
        many = relation["kind"].endswith("to_many")
        yield {"op": "append" if many else "set_ref", "obj": handle, "rel": relation["name"], "target": target}

    # Operations: each yields one or a few that belong together.

    def child(self, model=None):
        """A new object, mostly with the parents that it needs."""
        op = self.fresh(model or self.chance.choice(self.models))
        yield op
        handle, linked = op["obj"], False
        for r in RELATIONS[op["model"]].values():
            back = RELATIONS[r["model"]][r["back_populates"]]
            if r["fk_on"] == "self":
                needed = not COLUMNS[op["model"]][r["fk"][0]]["nullable"]
                wanted = self.likely(0.97 if needed else 0.5)
                parent = self.pick(r["model"], test=lambda s: s.persistent or s.pending or self.likely(0.1)) if wanted else None
                if parent is None and needed and wanted:
                    yield from self.child(r["model"])
                    parent = self.pick(r["model"], good=1)
                if parent is not None and parent != handle:
                    linked = True
                    both = (handle, r, parent) if self.likely(0.5) else (parent, back, handle)
                    yield from self.change(*both)
        if not self.recorder.objects[handle] in self.recorder.session and self.likely(0.8 if linked else 0.7):
            yield {"op": "add", "obj": handle}

    def link(self):
        handle, relation = self.with_relation()
        target = self.pick(relation["model"]) if relation else None
        if target is None or target == handle:
            return
        obj, other = self.recorder.objects[handle], self.recorder.objects[target]
        held = other in (obj.__dict__.get(relation["name"]) or []) if relation["kind"].endswith("to_many") else False
        if not held or self.likely(0.05):
            yield from self.change(handle, relation, target)

    def unlink(self):
        handle, relation = self.with_relation(test=lambda s: not s.transient)
        if relation is None:
            return
        if not relation["kind"].endswith("to_many"):
            yield from self.ends(handle, relation, None)
            yield {"op": "set_ref", "obj": handle, "rel": relation["name"], "target": None}
            return
        obj = self.recorder.objects[handle]
        if obj.__dict__.get(relation["name"]) is None:
            yield self.look(handle, relation)
        held = [self.recorder.names[o] for o in obj.__dict__.get(relation["name"]) or [] if o in self.recorder.names]
        target = self.chance.choice(held) if held else self.pick(relation["model"]) if self.likely(0.05) else None
        if target is not None:
            yield from self.ends(handle, relation, target)
            yield {"op": "remove", "obj": handle, "rel": relation["name"], "target": target}
            if self.likely(0.2) and relation["kind"] == "one_to_many":
                parent = self.pick(self.model_of(handle))
                if parent not in (None, target):
                    yield from self.change(parent, relation, target)

    def assign(self):
        handle, relation = self.with_relation(many=True)
        if relation is not None:
            targets = {self.pick(relation["model"]) for _ in range(self.chance.randint(0, 3))} - {None, handle}
            yield self.look(handle, relation)
            yield {"op": "assign", "obj": handle, "rel": relation["name"], "targets": sorted(targets)}

    def read(self):
        handle = self.pick(good=0.97)
        if handle is not None:
            obj = self.recorder.objects[handle]
            fresh = not sa.inspect(obj).has_identity and self.likely(0.95)
            columns = [c for c in MODELS[self.model_of(handle)]["columns"]
                       if not ((fresh or obj in self.recorder.failed) and (c["pk"] or c["fk"] or c["default"] is not None))]
            yield {"op": "read", "obj": handle, "col": self.chance.choice(columns)["name"]}

    def set(self):
        handle = self.pick()
        columns = [] if handle is None else self.plain(self.model_of(handle))
        if columns:
            column = self.chance.choice(columns)
            value = self.assigned(column)
            if value is not None or column["default"] is None or self.likely(0.1):
                yield {"op": "set", "obj": handle, "col": column["name"], "value": value}

    def set_key(self):
        handle = self.pick()
        if handle is not None:
            column = self.chance.choice([c for c in MODELS[self.model_of(handle)]["columns"] if c["pk"] or c["fk"]])
            value = None if column["fk"] and self.likely(0.2) else self.chance.randint(1, 20)
            yield {"op": "set", "obj": handle, "col": column["name"], "value": value}

    def single(self, kind):
        """An operation that is about one object, or one of its relationships, or none, and needs nothing besides."""
        if kind in ("flush", "rollback", "reopen"):
            yield {"op": kind}
            self.open = self.open if kind == "flush" else []
        elif kind in ("list", "len", "read_ref"):
            handle, relation = self.with_relation(many=kind != "read_ref", good=0.97)
            if relation is not None:
                yield {"op": kind, "obj": handle, "rel": relation["name"]}
        else:
            test, good = {
                "add": (lambda s: s.transient or s.detached, 0.8),
                "again": (lambda s: s.detached or s.obj() in self.recorder.rolled_back, 0),
                "expunge": (lambda s: s.persistent or s.pending, 0.93),
                "is_modified": (lambda s: s.persistent and not s.expired_attributes or self.likely(0.1), 0.93),
            }.get(kind, (lambda s: True, 0.3) if kind in ("state", "in_session", "marked_deleted") else
                  (lambda s: s.persistent or self.likely(0.03), 0.93))
            handle = self.pick(test=test, good=good)
            if handle is not None:
                yield {"op": "add" if kind == "again" else kind, "obj": handle}

    def links_wait(self):
        return any(self.recorder.unflushed(o) for o in self.recorder.session)

    def expire(self):
        if not self.links_wait():
            for op in self.single("expire"):
                if self.likely(0.3):
                    op["cols"] = sorted({self.chance.choice(self.plain(self.model_of(op["obj"])))["name"] for _ in "ab"})
                yield op

    def expire_all(self):
        if not self.links_wait():
            yield {"op": "expire_all"}

    def refresh(self):
        if not self.links_wait():
            yield from self.single("refresh")

    def where(self, model):
        column = self.chance.choice(MODELS[model]["columns"])
        hows = ["=", "!=", "<", "<=", ">", ">=", "isnull", "notnull", "in"] + ["like"] * (column["type"] == "text")
        how = self.chance.choice(hows)
        values = [self.value(dict(column, nullable=False, unique=column["unique"] and column["type"] == "text")) for _ in "ab"]
        value = {"isnull": None, "notnull": None, "in": values, "like": "%" + self.chance.choice("aein1") + "%"}.get(how, values[0])
        return [column["name"], how, value]

    def query(self):
        model = self.chance.choice(self.models)
        pk = MODELS[model]["pk"]
        order = [] if self.likely(0.6) else [self.chance.choice(self.plain(model))["name"]]
        op = {"op": "query", "model": model, "order": [[c, self.chance.choice(["asc", "asc", "desc"])] for c in order + pk]}
        where = [self.where(model) for _ in range(self.chance.choice([0, 0, 1, 1, 2]))]
        if where:
            op["where"] = where
        if self.likely(0.15):
            op["limit"] = self.chance.randint(1, 3)
            if self.likely(0.4):
                op["offset"] = self.chance.randint(0, 2)
        yield op

    def count(self):
        model = self.chance.choice(self.models)
        yield dict({"op": "count", "model": model}, **({"where": [self.where(model)]} if self.likely(0.7) else {}))

    def get(self):
        model = self.chance.choice(self.models)
        yield {"op": "get", "model": model, "pk": [self.chance.randint(1, 5) for _ in MODELS[model]["pk"]]}

    def commit(self):
        yield {"op": "commit"}
        self.open = []
        if self.likely(0.2):
            yield from self.ext()

    def savepoint(self):
        self.numbers["s"] = self.numbers.get("s", 0) + 1
        name = "s%d" % self.numbers["s"]
        yield {"op": "savepoint", "name": name}
        if name in self.recorder.savepoints:
            self.open.append(name)

    def end(self):
        """The end of a savepoint, mostly the innermost."""
        if self.open:
            at = len(self.open) - 1 if self.likely(0.96) else self.chance.randrange(len(self.open))
            yield {"op": self.chance.choice(["release", "rollback_to"]), "name": self.open[at]}
            del self.open[at:]

    def end_failed(self):
        if self.likely(0.3):  # What a failed flush leaves behind is looked at.
            yield from self.chance.choice([self.read, lambda: self.single(self.chance.choice(["state", "read_ref", "list"]))])()
        if self.open and self.likely(0.6):
            yield {"op": "rollback_to", "name": self.open.pop()}
        else:
            yield from self.single("rollback")

    def ext(self):
        """Others write, which they can only while the session has no transaction: directly behind the end of one."""
        done = self.recorder.done[-1:]
        if self.recorder.database.raw.in_transaction or done and done[0]["op"] not in ("commit", "rollback", "reopen", "ext"):
            return
        model = self.chance.choice(self.models)
        spec, rows = MODELS[model], self.recorder.database.image(self.recorder.database.other)
        table = rows.get(spec["table"])
        if not table:
            return
        columns = next(columns for name, columns, _ in TABLES if name == spec["table"])
        key = dict(zip(columns, self.chance.choice(table)))
        where = " AND ".join("%s=%d" % (c, key[c]) for c in spec["pk"])
        kind = self.chance.choice(["update", "update", "insert", "delete"])
        column = self.chance.choice(self.plain(model))
        value = self.value(dict(column, nullable=False))
        value = "'%s'" % value if isinstance(value, str) else str(+value)
        sql = "UPDATE %s SET %s=%s WHERE %s" % (spec["table"], column["name"], value, where)
        if kind == "delete":
            sql = "DELETE FROM %s WHERE %s" % (spec["table"], where)
        elif kind == "insert" and "id" in key:
            key["id"] = max(row[columns.index("id")] for row in table) + 1
            for c in self.plain(model):
                if c["unique"]:
                    key[c["name"]] = self.value(dict(c, nullable=False))
            quoted = ["NULL" if key[c] is None else "'%s'" % key[c] if isinstance(key[c], str) else str(key[c]) for c in columns]
            sql = "INSERT INTO %s VALUES(%s)" % (spec["table"], ",".join(quoted))
        try:  # Tried and taken back: what constraints refuse is no operation.
            self.recorder.database.other.execute("BEGIN")
            self.recorder.database.other.execute(sql)
        except sqlite3.IntegrityError:
            return
        finally:
            self.recorder.database.other.execute("ROLLBACK")
        yield {"op": "ext", "sql": sql}

    def sql(self):
        model = self.chance.choice(self.models)
        column = self.chance.choice([c for c in self.plain(model) if not c["unique"]] or [None])
        if column is not None:
            value = self.value(dict(column, nullable=False))
            yield {"op": "sql", "sql": "UPDATE %s SET %s=%s" % (
                MODELS[model]["table"], column["name"], "'%s'" % value if isinstance(value, str) else str(+value))}
