#!/usr/bin/python3
"""record.py: makes traces of what SQLAlchemy 2.0's ORM does, for replay.c to compare corm with.

  record.py --seed N --count M    M new traces on standard output, one per line; the same N gives the same traces
    --quirks FILE                 those with a quirk are written to FILE instead
  record.py --again FILE...       performs the traces of FILE again and tells what comes out otherwise
    --print                       and prints them as they came out now
  record.py --check               only looks whether SQLAlchemy 2.0 is there

It needs SQLAlchemy 2.0 (PYTHONPATH=DIR if it stands in DIR). The models are those of models.json beside this file, the tables
those of schema.sql. `make conformance-record SEED=N COUNT=M` records and replays. choose.py chooses what new traces do.

A trace is performed on a real session by a Recorder, operation by operation; it notes what each gave, the content of the
database, and what is odd about it (its quirks). A Chooser makes the next operation from what it sees in the session so far. Then
the trace is performed a few times more, each time with one thing otherwise that ought not to matter: everything loaded before it is
changed, no automatic flush in one kind of operation, relationships declared in the other order. Where that changes the outcome,
the trace has the quirk that says so. A trace that comes out otherwise with nothing changed depends on addresses, and is left out,
as is whatever meets something that SQLAlchemy leaves to chance (`Recorder.unfit`).

A quirk says that a trace touches something in which an ORM may well differ; a trace without one has to be matched:
  load-sensitive         another outcome if both ends of each relationship are loaded before it is changed
  autoflush-on-X         another outcome if X (mutate: a link or a delete; read: an expired column; get) flushes otherwise
  pk-order               automatic keys depend on the order of relationships, or are not in the order of objects; a circle
  stale-X                something loaded (relation, column) was looked at and is not what the database has
  ghost-row              the row of an object went without the session's doing
  rolled-back-object     an object whose insert was rolled back is used in a way that shows the key it had
  rolled-back-expired    ... while it was expired
  sa-warning:X           SQLAlchemy warned
  fk-direct, fk-before-flush, null-over-default, default-before-flush, orphan-insert, row-switch, pk-change, duplicate-append,
  one-to-one-steal, error-with-deletes, detached, deleted-state, deleted-after-commit, pending-rollback, outer-savepoint,
  is-modified-expired, is-modified-state, raw-sql: what the names say
"""
import argparse, contextlib, json, operator, os, random, sqlite3, sys, tempfile, warnings

try:
    import sqlalchemy as sa
    from sqlalchemy import event, exc, orm
    from sqlalchemy.orm import exc as orm_exc
    found = sa.__version__
except ImportError as problem:
    found = "none (%s)" % problem
if not found.startswith("2."):
    sys.exit("record.py: SQLAlchemy 2.0 is needed, found: %s. Debian has it from trixie on (python3-sqlalchemy); a directory "
             "that holds it is named by PYTHONPATH." % found)
sys.dont_write_bytecode = True
from choose import Chooser
from models import COLUMNS, MODELS, RELATIONS, SCHEMA, SPEC, TABLES, make_models

OBSERVERS = {"get", "query", "count", "list", "len", "read", "read_ref", "state", "in_session", "marked_deleted", "is_modified"}
WITH_IMAGE = {"flush", "commit", "rollback", "savepoint", "release", "rollback_to", "reopen", "sql", "ext"}
MUTATORS = {"append", "remove", "assign", "set_ref", "delete"}
RESULTS = ("expect", "af", "bind", "db")

# ---- The database ------------------------------------------------------------------------------------------------------


class Database:
    """One file with two connections; emptied for each trace, which is the same as a new one where no key is AUTOINCREMENT."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        path = os.path.join(self.directory.name, "trace.db")
        self.other = self.connect(path)
        self.other.executescript(SCHEMA)
        self.raw = self.connect(path)
        self.engine = sa.create_engine("sqlite://", creator=lambda: self.raw, poolclass=sa.pool.StaticPool)
        event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))

    def connect(self, path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=0)
        connection.executescript("PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON")
        return connection

    def empty(self):
        for connection in (self.raw, self.other):  # A trace may end in the middle of something.
            connection.rollback()
        self.other.executescript("PRAGMA foreign_keys=OFF; BEGIN; %s COMMIT; PRAGMA foreign_keys=ON"
                                 % "".join("DELETE FROM %s;" % table for table, _, _ in TABLES))

    def image(self, connection):
        image = {}
        for table, columns, pk in TABLES:
            rows = connection.execute("SELECT %s FROM %s ORDER BY %s" % (", ".join(columns), table, ", ".join(pk))).fetchall()
            if rows:
                image[table] = [list(row) for row in rows]
        return image


# ---- Errors ------------------------------------------------------------------------------------------------------------

STATES = [("is not persisted", "not_persisted"), ("is not persistent within", "not_persistent"),
          ("is not present in this Session", "not_in_session"), ("has been deleted", "deleted"),
          ("cannot be refreshed", "not_refreshable"), ("already attached to session", "other_session")]
WARNINGS = [("not in session", "child-not-in-session"), ("conflicts with persistent instance", "identity-conflict"),
            ("DELETE statement on table", "delete-rowcount"), ("is marked as a member of the primary key", "pk-without-value"),
            ("Multiple rows returned with uselist=False", "one-to-one-many-rows"),
            ("Session's state has been changed", "changed-while-inactive"),
            ("Identity map already had an identity", "identity-map-replaced")]


def error_of(problem):
    """The class of an error, as traces name it; None for what no trace may hold."""
    text = str(problem)
    if isinstance(problem, exc.IntegrityError):
        kind, _, on = str(problem.orig).partition(" constraint failed")
        kind = {"UNIQUE": "integrity_unique", "NOT NULL": "integrity_notnull", "FOREIGN KEY": "integrity_fk"}[kind]
        return {"err": kind, "on": on[2:]} if on else {"err": kind}
    for kind, name in ((exc.PendingRollbackError, "pending_rollback"), (exc.CircularDependencyError, "cycle"),
                       (exc.ResourceClosedError, "closed"), (orm_exc.DetachedInstanceError, "detached"),
                       (orm_exc.ObjectDeletedError, "row_missing"), (orm_exc.StaleDataError, "stale_data")):
        if isinstance(problem, kind):
            return {"err": name}
    if isinstance(problem, ValueError) and "list.remove" in text:
        return {"err": "not_member"}
    if isinstance(problem, AssertionError) and "blank-out primary key" in text:
        return {"err": "pk_blank"}
    if isinstance(problem, exc.InvalidRequestError):
        if "Could not refresh instance" in text:
            return {"err": "row_missing"}
        if "is already present in this session" in text:
            return {"err": "identity_conflict"}
        for words, why in STATES:
            if words in text:
                return {"err": "invalid_state", "why": why}
        if isinstance(problem, orm_exc.FlushError):
            return {"err": "flush_error"}
    return None


# ---- Operations --------------------------------------------------------------------------------------------------------

# What is one call: of the recorder, the operation, its object and its target.
CALLS = {
    "set": lambda r, op, obj, target: setattr(obj, op["col"], op["value"]),
    "read": lambda r, op, obj, target: getattr(obj, op["col"]),
    "append": lambda r, op, obj, target: getattr(obj, op["rel"]).append(target),
    "remove": lambda r, op, obj, target: getattr(obj, op["rel"]).remove(target),
    "assign": lambda r, op, obj, target: setattr(obj, op["rel"], [r.objects[h] for h in op["targets"]]),
    "set_ref": lambda r, op, obj, target: setattr(obj, op["rel"], target),
    "list": lambda r, op, obj, target: [r.name(each) for each in getattr(obj, op["rel"])],
    "len": lambda r, op, obj, target: len(getattr(obj, op["rel"])),
    "read_ref": lambda r, op, obj, target: r.name(getattr(obj, op["rel"])),
    "add": lambda r, op, obj, target: r.session.add(obj),
    "delete": lambda r, op, obj, target: r.session.delete(obj),
    "expunge": lambda r, op, obj, target: r.session.expunge(obj),
    "expire": lambda r, op, obj, target: r.session.expire(obj, op.get("cols")),
    "refresh": lambda r, op, obj, target: r.session.refresh(obj),
    "in_session": lambda r, op, obj, target: obj in r.session,
    "marked_deleted": lambda r, op, obj, target: obj in r.session.deleted,
    "is_modified": lambda r, op, obj, target: r.session.is_modified(obj),
    "flush": lambda r, op, obj, target: r.session.flush(),
    "commit": lambda r, op, obj, target: r.session.commit(),
    "rollback": lambda r, op, obj, target: r.session.rollback(),
    "expire_all": lambda r, op, obj, target: r.session.expire_all(),
    "release": lambda r, op, obj, target: r.savepoints[op["name"]].commit(),
    "rollback_to": lambda r, op, obj, target: r.savepoints[op["name"]].rollback(),
    "get": lambda r, op, obj, target: r.name(r.session.get(r.classes[op["model"]], tuple(op["pk"]))),
    "sql": lambda r, op, obj, target: r.session.connection().exec_driver_sql(op["sql"]),
    "ext": lambda r, op, obj, target: r.database.other.executescript("BEGIN; %s; COMMIT" % op["sql"]),
}
COMPARISONS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
               "isnull": lambda c, v: c.is_(None), "notnull": lambda c, v: c.is_not(None), "in": lambda c, v: c.in_(v),
               "like": lambda c, v: c.like(v)}

# ---- Performing --------------------------------------------------------------------------------------------------------


class Recorder:
    """Performs one trace. `done` holds its operations with what they gave, `quirks` what is odd, `unfit` why it is no trace."""

    def __init__(self, database, classes, session, variant=None):
        self.database, self.classes, self.options, self.variant = database, classes, session, variant
        self.objects, self.names, self.savepoints = {}, {}, {}
        self.done, self.quirks, self.unfit, self.last = [], set(), None, {}
        self.kept, self.rolled_back, self.rolled_back_expired, self.failed, self.keyed = [], set(), set(), set(), set()
        database.empty()
        self.open()

    def open(self):
        self.session = session = orm.Session(self.database.engine, **self.options)
        for name in ("before_flush", "after_flush", "loaded_as_persistent"):
            event.listen(session, name, getattr(self, "on_" + name))

    # What the session tells. Whatever it loads is held, so that its identity map forgets nothing.

    def on_loaded_as_persistent(self, session, obj):
        self.kept.append(obj)

    def on_before_flush(self, session, context, instances):
        self.inserted = [(sa.inspect(o).insert_order, o, o.__dict__.get("id")) for o in session.new]
        orders = [(type(o), order) for order, o, _ in self.inserted]
        if len(set(orders)) < len(orders):
            self.unfit = "a tie in the order of inserts"
        self.orphans, self.deletes = False, bool(session.deleted)
        self.going = {(type(o), sa.inspect(o).identity) for o in session.deleted}
        for _, o, _ in self.inserted:
            model = MODELS[type(o).__name__]
            for r in model["relations"]:
                back = RELATIONS[r["model"]][r["back_populates"]]
                if (r["fk_on"] == "self" and "delete-orphan" in back["cascade"] and o.__dict__.get(r["name"]) is None
                        and o.__dict__.get(r["fk"][0]) is None):
                    self.orphans = True

    def on_after_flush(self, session, context):
        self.flushed, by_class = True, {}
        if self.orphans:
            self.quirks.add("orphan-insert")
        keys = {(type(o), tuple(o.__dict__.get(c) for c in MODELS[type(o).__name__]["pk"])) for _, o, _ in self.inserted}
        if keys & self.going:
            self.quirks.add("row-switch")
        for order, o, key in sorted(self.inserted, key=lambda entry: entry[0]):
            if key is None and "id" in COLUMNS[type(o).__name__] and "id" in o.__dict__:
                by_class.setdefault(type(o), []).append(o.__dict__["id"])
        if any(keys != sorted(keys) for keys in by_class.values()):
            self.quirks.add("pk-order")

    # An operation.

    def perform(self, op):
        op = {k: v for k, v in op.items() if k not in RESULTS}
        self.flushed, self.binding, self.inserted = False, {}, None
        self.before(op)
        failed = None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                with self.varied(op):
                    value = getattr(self, "do_" + op["op"])(op) if op["op"] not in CALLS else self.call(op)
                expect = {"v": value} if op["op"] in OBSERVERS else "ok"
            except Exception as problem:
                failed, expect = problem, error_of(problem)
                if expect is None or op["op"] == "rollback":
                    self.unfit = "%s: %s: %s" % (op["op"], type(problem).__name__, problem)
                    expect = {"err": "unknown"}
        for warning in caught:
            if issubclass(warning.category, exc.SAWarning):
                text = str(warning.message)
                self.quirks.add("sa-warning:" + next((name for words, name in WARNINGS if words in text), "other"))
        op["expect"] = expect
        if self.flushed and op["op"] not in WITH_IMAGE:
            op["af"] = 1
        if self.binding:
            op["bind"] = self.binding
        if op["op"] in WITH_IMAGE or (failed is not None and expect["err"].startswith("integrity")):
            image = self.database.image(self.seen())
            op["db"] = "same" if image == self.last else image
            self.last = image
        self.after(op, failed)
        self.done.append(op)
        return op

    def call(self, op):
        obj, target = self.objects.get(op.get("obj")), self.objects.get(op.get("target"))
        return CALLS[op["op"]](self, op, obj, target)

    def seen(self):
        """The connection through which the database is as the session sees it."""
        return self.database.raw if self.database.raw.in_transaction else self.database.other

    @contextlib.contextmanager
    def varied(self, op):
        kind = op["op"]
        if self.variant == "load" and kind in MUTATORS - {"delete"}:
            self.load_ends(op)
        if self.variant == "load-set" and kind == "set":
            with contextlib.suppress(Exception), self.session.no_autoflush:
                getattr(self.objects[op["obj"]], op["col"])
        if self.variant == "flush-get" and kind == "get" and self.options["autoflush"]:
            self.session.flush()
        if (kind in MUTATORS and self.variant == "still-mutate" or kind == "read" and self.variant == "still-read"
                or kind == "get" and self.variant == "still-get"):
            with self.session.no_autoflush:
                yield
        else:
            yield

    def load_ends(self, op):
        """Loads whatever a change of a relationship may touch: both ends of the objects, and of those that they leave."""
        back = RELATIONS[type(self.objects[op["obj"]]).__name__][op["rel"]]["back_populates"]

        def load(obj, name):
            with contextlib.suppress(Exception):
                value = getattr(obj, name)
                return value if isinstance(value, list) else [value]
            return []

        with warnings.catch_warnings(), self.session.no_autoflush:
            warnings.simplefilter("ignore")
            obj = self.objects[op["obj"]]
            others = [self.objects[h] for h in op.get("targets", [op.get("target")]) if h is not None]
            for other in load(obj, op["rel"]) + others:
                for owner in load(other, back):
                    load(owner, op["rel"])

    def name(self, obj):
        if obj is None:
            return None
        if obj not in self.names:
            model, key = type(obj).__name__, list(sa.inspect(obj).identity)
            name = first = "@%s:%s" % (model, ".".join(map(str, key)))
            copies = 1
            while name in self.objects:
                copies += 1
                name = "%s~%d" % (first, copies)
            self.names[obj], self.objects[name], self.binding[name] = name, obj, [model, key]
        return self.names[obj]

    # Operations that are more than a call.

    def do_new(self, op):
        obj = self.classes[op["model"]](**op["cols"])
        self.objects[op["obj"]], self.names[obj] = obj, op["obj"]
        if "id" in op["cols"]:
            self.keyed.add(obj)

    def do_savepoint(self, op):
        self.savepoints[op["name"]] = self.session.begin_nested()

    def do_reopen(self, op):
        self.session.close()
        self.open()

    def do_query(self, op):
        model = self.classes[op["model"]]
        query = sa.select(model).where(*self.conditions(op)).limit(op.get("limit")).offset(op.get("offset"))
        query = query.order_by(*[getattr(getattr(model, c), way)() for c, way in op["order"]])
        return [self.name(obj) for obj in self.session.scalars(query).all()]

    def do_count(self, op):
        query = sa.select(sa.func.count()).select_from(self.classes[op["model"]]).where(*self.conditions(op))
        return self.session.scalar(query)

    def conditions(self, op):
        return [COMPARISONS[how](getattr(self.classes[op["model"]], c), v) for c, how, v in op.get("where", [])]

    def do_state(self, op):
        state = sa.inspect(self.objects[op["obj"]])
        return next(s for s in ("transient", "pending", "persistent", "deleted", "detached") if getattr(state, s))

    # What is odd about it.

    def before(self, op):
        """Notes the quirks that show in what is asked, before it is done."""
        kind, quirk = op["op"], self.quirks.add
        obj, target = (self.objects.get(op.get(k)) for k in ("obj", "target"))
        self.were = {o: sa.inspect(o) in self.session._new or sa.inspect(o).has_identity for o in self.objects.values()}
        self.expired = {o for o in self.were if sa.inspect(o).expired_attributes}
        if kind == "sql":
            quirk("raw-sql")
        if not self.session.is_active and kind in MUTATORS | {"add", "flush", "commit", "savepoint", "release", "expunge", "query"}:
            quirk("pending-rollback")
        if kind in ("expire", "expire_all", "refresh") and any(self.unflushed(o) for o in self.session):
            self.unfit = "a relationship change that may be lost before its flush"
        if kind in ("release", "rollback_to"):
            inner = self.session.get_nested_transaction()
            if self.savepoints[op["name"]].is_active and inner is not self.savepoints[op["name"]]:
                quirk("outer-savepoint")
        if kind == "new":
            for c, value in op["cols"].items():
                self.note_value(COLUMNS[op["model"]][c], value)
        for each in (obj, target):
            if each is not None and kind not in ("new", "state", "in_session", "marked_deleted"):
                state = sa.inspect(each)
                quirk("detached") if state.detached else None
                quirk("deleted-state") if state.deleted and kind != "remove" else None
                if each in self.rolled_back_expired:
                    quirk("rolled-back-expired")
        if obj is None:
            return
        state, model, values = sa.inspect(obj), type(obj).__name__, obj.__dict__
        if kind in ("list", "len", "read_ref") and obj in self.rolled_back:
            quirk("rolled-back-object")
        if kind == "set":
            self.note_value(COLUMNS[model][op["col"]], op["value"])
            quirk("pk-change") if COLUMNS[model][op["col"]]["pk"] and state.persistent else None
        elif kind == "read":
            self.note_read(obj, state, values, COLUMNS[model][op["col"]])
        elif kind == "is_modified":
            quirk("is-modified-state") if obj not in self.session else None
        elif kind in ("append", "set_ref", "assign"):
            relation = RELATIONS[model][op["rel"]]
            if kind == "append" and target in self.linked(obj, relation):
                quirk("duplicate-append")
            if relation["kind"] == "one_to_one":
                self.note_taken(obj, target, relation)

    def note_value(self, column, value):
        if column["fk"]:
            self.quirks.add("fk-direct")
        if value is None and column["default"] is not None:
            self.quirks.add("null-over-default")

    def note_read(self, obj, state, values, column):
        unset = column["name"] not in values and not state.has_identity
        if obj in self.rolled_back and (column["pk"] or column["fk"] or column["default"] is not None):
            self.quirks.add("rolled-back-object")
        if column["default"] is not None and unset:
            self.quirks.add("default-before-flush")
        for r in RELATIONS[type(obj).__name__].values():
            if r["fk_on"] == "self" and r["fk"] == [column["name"]] and r["name"] in values and (unset or column["name"] in values):
                other = values[r["name"]]
                if values.get(column["name"]) != (None if other is None else other.__dict__.get("id")) or unset and other:
                    self.quirks.add("fk-before-flush")

    def note_taken(self, obj, target, relation):
        old = obj.__dict__.get(relation["name"])
        for each in (target, old):
            owner = None if each is None else each.__dict__.get(relation["back_populates"])
            if each is target and owner is None and target is not None and sa.inspect(target).persistent:
                key = self.row_of(target, relation["fk"])
                owner = key and key[0] is not None and self.session.identity_map.get(
                    orm.util.identity_key(type(obj), key[0]))
            if each is target and owner and owner is not obj:
                self.quirks.add("one-to-one-steal")
                if self.unflushed(owner) or self.unflushed(obj):
                    self.unfit = "a one-to-one value taken from or by an owner with unflushed changes"

    def unflushed(self, obj):
        """Whether a relationship of obj was changed since the last flush."""
        state = sa.inspect(obj)
        names = RELATIONS[type(obj).__name__]
        return any(name in state.committed_state or name in state._pending_mutations for name in names)

    def row_of(self, obj, columns):
        model = MODELS[type(obj).__name__]
        where = " AND ".join("%s=?" % c for c in model["pk"])
        return self.seen().execute("SELECT %s FROM %s WHERE %s" % (", ".join(columns), model["table"], where),
                                   sa.inspect(obj).identity).fetchone()

    def linked(self, obj, relation):
        """What a collection holds, by memory or else by the objects that refer to it or the rows."""
        held = obj.__dict__.get(relation["name"])
        if held is not None:
            return held
        if not sa.inspect(obj).persistent:
            return []
        keys = self.keys_linked(obj, relation)
        here = [o for o in self.session if type(o).__name__ == relation["model"]]
        return [o for o in here if sa.inspect(o).identity in keys or o.__dict__.get(relation["back_populates"]) is obj]

    def keys_linked(self, obj, relation):
        """The keys of the rows that belong to this end of a relationship."""
        key, other = sa.inspect(obj).identity, MODELS[relation["model"]]
        if relation["fk_on"] == "self":
            row = self.row_of(obj, relation["fk"])
            return set() if row is None or row[0] is None else {row}
        if relation["secondary"]:
            query = "SELECT %s FROM %s WHERE %s=?" % (relation["remote_fk"], relation["secondary"], relation["local_fk"])
        else:
            query = "SELECT %s FROM %s WHERE %s=?" % (", ".join(other["pk"]), other["table"], relation["fk"][0])
        return set(self.seen().execute(query, key[:1]).fetchall())

    def after(self, op, failed):
        """Notes the quirks that show in what came."""
        kind, quirk, obj = op["op"], self.quirks.add, self.objects.get(op.get("obj"))
        if kind not in ("expunge", "remove", "set_ref", "assign"):
            gone = {o for o, was in self.were.items() if was and sa.inspect(o).transient}
            self.rolled_back |= gone
            self.rolled_back_expired |= {o for o in gone if o in self.expired or sa.inspect(o).expired_attributes}
        if failed is not None:
            kind_of = {"pending_rollback": "pending-rollback", "cycle": "pk-order", "not_refreshable": "rolled-back-expired"}
            error = kind_of.get(op["expect"]["err"]) or kind_of.get(op["expect"].get("why"))
            quirk(error) if error else None
            if isinstance(failed, exc.IntegrityError) and self.inserted is not None:
                self.failed.update(o for _, o, _ in self.inserted)
                quirk("error-with-deletes") if self.deletes and op["expect"]["err"] != "integrity_notnull" else None
            return
        if kind in ("add", "append", "set_ref", "assign"):
            if any(sa.inspect(o).pending and set(MODELS[type(o).__name__]["pk"]) <= set(o.__dict__)
                   for o in self.rolled_back - self.keyed):
                quirk("rolled-back-object")
        if kind == "state" and op["expect"]["v"] == "deleted" and not self.deletes_now(obj):
            quirk("deleted-after-commit")
        if "db" in op:
            tables = {m["name"]: m["table"] for m in SPEC["models"]}
            keys = {table: {tuple(row[columns.index(c)] for c in pk) for row in self.last.get(table, [])}
                    for table, columns, pk in TABLES}
            if any(sa.inspect(o).identity not in keys[tables[type(o).__name__]] for o in self.session.identity_map.values()):
                quirk("ghost-row")
        elif kind in ("list", "len", "read_ref", "read") and sa.inspect(obj).persistent and not sa.inspect(obj).modified:
            model = type(obj).__name__
            if kind != "read" and any(type(o).__name__ == RELATIONS[model][op["rel"]]["model"]
                                      for o in (*self.session.new, *self.session.dirty, *self.session.deleted)):
                return
            if kind == "read":
                row = self.row_of(obj, [op["col"]])
                quirk("stale-column") if row is None or row[0] != op["expect"]["v"] else None
            else:
                held = obj.__dict__[op["rel"]]
                held = held if isinstance(held, list) else [held] if held is not None else []
                if {sa.inspect(o).identity for o in held} != self.keys_linked(obj, RELATIONS[model][op["rel"]]):
                    quirk("stale-relation")

    def deletes_now(self, obj):
        """Whether the transaction in which obj was deleted is not over."""
        transaction = self.session.get_nested_transaction() or self.session.get_transaction()
        while transaction is not None:
            if sa.inspect(obj) in transaction._deleted:
                return True
            transaction = transaction.parent
        return False


# ---- Traces ------------------------------------------------------------------------------------------------------------


class Studio:
    def __init__(self):
        self.database, self.classes, self.reverse = Database(), make_models(False), make_models(True)

    def perform(self, session, operations, variant=None):
        recorder = Recorder(self.database, self.reverse if variant == "reverse" else self.classes, session, variant)
        try:
            for op in operations(recorder) if callable(operations) else operations:
                recorder.perform(op)
                if recorder.unfit and callable(operations):
                    break
        finally:
            recorder.session.close()
        recorder.final = self.database.image(self.database.other)
        return recorder

    def outcome(self, recorder):
        return [[op["expect"], op.get("db") if op.get("db") != "same" else None] for op in recorder.done], recorder.final

    def varied_quirks(self, recorder):
        """Performs the trace again, one thing changed at a time. None where nothing was changed and the outcome is another."""
        ops = recorder.done
        kinds = {op["op"] for op in ops}
        automatic = {op["op"] for op in ops if "af" in op or "db" in op and op["op"] not in WITH_IMAGE}  # Done, or failed.
        variants = [("again", None)]
        if kinds & (MUTATORS - {"delete"}):
            variants += [("load", "load-sensitive"), ("reverse", "pk-order")]
        if automatic & MUTATORS:
            variants.append(("still-mutate", "autoflush-on-mutate"))
        if {"set", "is_modified"} <= kinds:
            variants.append(("load-set", "is-modified-expired"))
        if "read" in automatic:
            variants.append(("still-read", "autoflush-on-read"))
        if "get" in kinds:
            variants.append(("flush-get", "autoflush-on-get"))
        if "get" in automatic:
            variants.append(("still-get", "autoflush-on-get"))
        quirks = set()
        for variant, quirk in variants:
            if quirk not in quirks:
                try:
                    same = self.outcome(self.perform(recorder.options, ops, variant)) == self.outcome(recorder)
                except Exception:  # A handle that this time was never met.
                    same = False
                if not same and quirk is None:
                    return None
                quirks |= set() if same else {quirk}
        return quirks

    def make(self, seed, number, attempt):
        chance = random.Random("%d/%d/%d" % (seed, number, attempt))
        session = {"autoflush": chance.random() < 0.88, "expire_on_commit": chance.random() < 0.9}
        recorder = self.perform(session, lambda r: Chooser(chance, r).operations())
        varied = None if recorder.unfit else self.varied_quirks(recorder)
        if varied is None:
            return None
        quirks = recorder.quirks | varied
        return {"id": "s%d-%05d" % (seed, number), "quirk": ",".join(sorted(quirks)) or None, "session": session,
                "ops": recorder.done, "final": recorder.final}

    def again(self, trace):
        """The trace as it comes out now, and how it differs."""
        recorder = self.perform(trace["session"], trace["ops"])
        varied = self.varied_quirks(recorder)
        quirks = ",".join(sorted(recorder.quirks | (varied or set()))) or None
        now = dict(trace, ops=recorder.done, final=recorder.final, quirk=quirks)
        for i, (old, new) in enumerate(zip(trace["ops"], now["ops"])):
            if old != new:
                return now, "op %d %s: was %s" % (i, text_of(new), text_of({k: old[k] for k in RESULTS if k in old}))
        if trace["final"] != now["final"]:
            return now, "final %s: was %s" % (text_of(now["final"]), text_of(trace["final"]))
        return now, None


def text_of(thing):
    return json.dumps(thing, separators=(",", ":"))


def perform_again(studio, paths, show):
    differ = tags = 0
    for path in paths:
        with open(path) as file:
            for line in file:
                trace = json.loads(line)
                now, difference = studio.again(trace)
                if show:
                    print(text_of(now))
                if difference:
                    differ += 1
                    print("%s: %s" % (trace["id"], difference), file=sys.stderr)
                elif now["quirk"] != trace["quirk"]:
                    tags += 1
                    print("%s: quirk %s: was %s" % (trace["id"], now["quirk"], trace["quirk"]), file=sys.stderr)
    print("%d traces differ, %d more have other quirks" % (differ, tags), file=sys.stderr)
    return differ > 0


def main():
    parser = argparse.ArgumentParser(prog="record.py", description="records traces of SQLAlchemy's ORM session")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--quirks", type=argparse.FileType("w"), default=sys.stdout)
    parser.add_argument("--again", nargs="+", metavar="FILE")
    parser.add_argument("--print", action="store_true")
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    if wanted.check:
        return 0
    studio = Studio()
    if wanted.again:
        return perform_again(studio, wanted.again, wanted.print)
    if wanted.seed is None:
        parser.error("--seed N or --again FILE")
    for number in range(wanted.count):
        attempt, trace = 0, None
        while trace is None:
            trace = studio.make(wanted.seed, number, attempt)
            attempt += 1
        print(text_of(trace), flush=True, file=wanted.quirks if trace["quirk"] else sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
