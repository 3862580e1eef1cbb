"""models.py: the models that traces are made of, from models.json and schema.sql beside this file, as SQLAlchemy's classes."""
import json, os

import sqlalchemy as sa
from sqlalchemy import orm

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "models.json")) as file:
    SPEC = json.load(file)
with open(os.path.join(HERE, "schema.sql")) as file:
    SCHEMA = file.read()
MODELS = {m["name"]: m for m in SPEC["models"]}
COLUMNS = {name: {c["name"]: c for c in m["columns"]} for name, m in MODELS.items()}
RELATIONS = {name: {r["name"]: r for r in m["relations"]} for name, m in MODELS.items()}
TABLES = [(t["table"], t["columns"], t["pk"]) for t in SPEC["tables"]]


def make_models(reverse):
    """The 15 classes. With reverse, relationships are declared from last to first, so that cascades go the other way."""
    base = orm.declarative_base()
    types = {"int": sa.Integer, "float": sa.Float, "text": sa.String, "bool": sa.Boolean}
    for s in SPEC["secondaries"]:
        sa.Table(s["table"], base.metadata, *[sa.Column(c["name"], types[c["type"]], sa.ForeignKey(c["fk"]), primary_key=True)
                                              for c in s["columns"]])

    def column(c):
        keys = [sa.ForeignKey(c["fk"], ondelete=c["on_delete"])] if c["fk"] else []
        return sa.Column(c["name"], types[c["type"]], *keys, primary_key=c["pk"], nullable=c["nullable"], default=c["default"],
                         autoincrement=c["autoincrement"], unique=c["unique"] or None)

    def relation(model, r):
        other = MODELS[r["model"]]
        options = dict(back_populates=r["back_populates"], cascade=", ".join(r["cascade"]), passive_deletes=r["passive_deletes"])
        if r["order_by"]:
            options["order_by"] = ", ".join("%s.%s" % (other["name"], c) for c in r["order_by"])
        if r["kind"] == "one_to_one":
            options["uselist"] = False
        if r["secondary"]:
            options["secondary"] = r["secondary"]
        if r["fk_on"] == "self" and other is model:
            options["remote_side"] = "%s.%s" % (other["name"], other["pk"][0])
        return orm.relationship(other["name"], **options)

    classes = {}
    for model in SPEC["models"]:
        members = {c["name"]: column(c) for c in model["columns"]}
        for r in reversed(model["relations"]) if reverse else model["relations"]:
            members[r["name"]] = relation(model, r)
        classes[model["name"]] = type(model["name"], (base,), dict(members, __tablename__=model["table"]))
    orm.configure_mappers()
    return classes
