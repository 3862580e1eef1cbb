"""peewee.py: the workloads with peewee, a mapper without a session: each object is saved on its own.
`WORKLOAD disk|memory ROWS DATABASE`, as the programs in C."""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path = [p for p in sys.path if os.path.abspath(p or ".") != here]  # this file is called like the package
sys.dont_write_bytecode = True
sys.path.append(here)
import peers  # noqa: E402
from peewee import CharField, FloatField, ForeignKeyField, IntegerField, Model, SqliteDatabase, TextField, prefetch  # noqa: E402

database = SqliteDatabase(None)


class User(Model):
    username = CharField(max_length=64, unique=True)
    email = CharField(max_length=120)
    age = IntegerField()
    balance = FloatField()
    created_at = IntegerField()

    class Meta:
        database = database
        table_name = "users"


class Post(Model):
    author = ForeignKeyField(User, backref="posts", column_name="user_id", on_delete="CASCADE")
    title = CharField(max_length=120)
    body = TextField()
    views = IntegerField()

    class Meta:
        database = database
        table_name = "posts"

    @property
    def user_id(self):
        return self.author_id


class Peer(peers.Peer):
    name = "peewee"
    user, post = User, Post

    def open(self):
        connection = self.connect()
        database._connect = lambda: connection
        database.init(":memory:")
        database.connect()

    def add_users(self, rows):
        with database.atomic():
            objects = [User(**row) for row in rows]
            for one in objects:
                one.save()
        return objects

    def add_graph(self, graph):
        users = []
        with database.atomic():
            for row, posts in graph:
                user = User.create(**row)
                user.kept = [Post.create(author=user, **post) for post in posts]
                users.append(user)
        return users

    def posts_of(self, user):
        return user.kept if hasattr(user, "kept") else user.posts

    def get(self, key):
        return User.get_by_id(key)

    def load(self):
        return list(User.select().order_by(User.id))

    def load_graph(self):
        return prefetch(User.select().order_by(User.id), Post.select().order_by(Post.id))

    def change(self, users):
        with database.atomic():
            for user in users:
                user.age += 1
                user.save(only=[User.age])

    def delete(self, users):
        with database.atomic():
            for user in users:
                user.delete_instance(recursive=True)

    def each(self):
        return User.select().order_by(User.id).iterator()


peers.main(Peer)
