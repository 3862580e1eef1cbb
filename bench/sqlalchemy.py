"""sqlalchemy.py: the workloads with SQLAlchemy's ORM, which does the same work: a session with an identity map, changes
that are tracked, a unit of work. `WORKLOAD disk|memory ROWS DATABASE`, as the programs in C."""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path = [p for p in sys.path if os.path.abspath(p or ".") != here]  # this file is called like the package
sys.dont_write_bytecode = True
sys.path.append(here)
import peers  # noqa: E402
from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, String, create_engine, event, select  # noqa: E402
from sqlalchemy.orm import Session, declarative_base, relationship, selectinload  # noqa: E402
from sqlalchemy.pool import StaticPool  # noqa: E402

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    username = Column(String(64), nullable=False, unique=True)
    email = Column(String(120), nullable=False)
    age = Column(Integer, nullable=False)
    balance = Column(Float, nullable=False)
    created_at = Column(BigInteger, nullable=False)
    posts = relationship("Post", back_populates="author", cascade="all", order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    title = Column(String(120), nullable=False)
    body = Column(String, nullable=False)
    views = Column(Integer, nullable=False)
    author = relationship("User", back_populates="posts")


class Peer(peers.Peer):
    name = "sqlalchemy"
    user, post = User, Post

    def open(self):
        engine = create_engine("sqlite://", creator=self.connect, poolclass=StaticPool)
        self.session = Session(engine, expire_on_commit=False)

    def add_users(self, rows):
        objects = [User(**row) for row in rows]
        self.session.add_all(objects)
        self.session.commit()
        return objects

    def add_graph(self, graph):
        users = [User(**user, posts=[Post(**post) for post in posts]) for user, posts in graph]
        self.session.add_all(users)
        self.session.commit()
        return users

    def get(self, key):
        return self.session.get(User, key)

    def load(self):
        return self.session.scalars(select(User).order_by(User.id)).all()

    def load_graph(self):
        query = select(User).order_by(User.id).options(selectinload(User.posts))
        return self.session.scalars(query).all()

    def change(self, users):
        for user in users:
            user.age += 1
        self.session.commit()

    def delete(self, users):
        for user in users:
            self.session.delete(user)
        self.session.commit()

    def each(self):
        return self.session.execute(select(User).order_by(User.id).execution_options(yield_per=1000)).scalars()


peers.main(Peer)
