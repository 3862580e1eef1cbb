"""peers.py: what mappers in Python share: the rows, the clock, the digests of bench.h. A workload that a peer has no
counterpart of prints "-" for its digest and is left out of the table."""
import resource
import sqlite3
import struct
import sys
import time

sys.dont_write_bytecode = True
POSTS = 10
MASK = (1 << 64) - 1


def user_row(i):
    return {"username": "user%07d" % i, "email": "user%07d@example.com" % i, "age": 18 + i * 7 % 60,
            "balance": (i * 31 % 100000) / 4, "created_at": 1700000000 + i * 37}


def post_row(i):
    return {"title": "Post %d on %d things" % (i, i % 97), "views": i * 13 % 5000,
            "body": "In the year %d there were many things to be told, and this is number %d of them." % (1900 + i % 120, i)}


def shuffled(count):
    state, order = 88172645463325252, list(range(count))
    for i in range(count, 1, -1):
        state = (state ^ state << 13) & MASK
        state ^= state >> 7
        state = (state ^ state << 17) & MASK
        order[i - 1], order[state % i] = order[state % i], order[i - 1]
    return order


class Digest:
    def __init__(self):
        self.value = 14695981039346656037

    def bytes(self, data):
        value = self.value
        for byte in data:
            value = (value ^ byte) * 1099511628211 & MASK
        self.value = value

    def user(self, key, username, email, age, balance, created_at):
        self.bytes(struct.pack("<q", key) + username.encode() + b"\0" + email.encode() + b"\0" +
                   struct.pack("<qdq", age, balance, created_at))

    def post(self, key, user_id, title, body, views):
        self.bytes(struct.pack("<qq", key, user_id) + title.encode() + b"\0" + body.encode() + b"\0" +
                   struct.pack("<q", views))


class Peer:
    def __init__(self, storage, path):
        self.storage, self.path, self.digest = storage, path, Digest()

    def connect(self):
        """A connection with the durability of the others; the driver leaves transactions to the mapper."""
        self.raw = sqlite3.connect(":memory:" if self.storage == "memory" else self.path, check_same_thread=False)
        if self.storage == "memory":
            source = sqlite3.connect(self.path)
            source.backup(self.raw)
            source.close()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self.raw.execute("PRAGMA " + pragma)
        return self.raw

    def posts_of(self, user):
        return user.posts

    def walk(self, users):
        total = 0
        for user in users:
            for post in self.posts_of(user):
                total += post.author.id + post.views
        self.digest.bytes(struct.pack("<q", total))

    def digest_users(self, users):
        for u in users:
            self.digest.user(u.id, u.username, u.email, u.age, u.balance, u.created_at)

    def digest_posts(self, users):
        for u in users:
            for p in self.posts_of(u):
                self.digest.post(p.id, p.user_id, p.title, p.body, p.views)

    def digest_database(self):
        for row in self.raw.execute("SELECT * FROM users ORDER BY id"):
            self.digest.user(*row)
        for row in self.raw.execute("SELECT * FROM posts ORDER BY id"):
            self.digest.post(*row)


def run(peer, workload, scale):
    """Returns (rows, seconds)."""
    clock = time.perf_counter
    if workload == "W1":
        rows = [user_row(i) for i in range(scale)]
        start = clock()
        users = peer.add_users(rows)
        spent = clock() - start
        peer.digest_database()
        peer.digest_users(users)
    elif workload == "W2":
        order = shuffled(scale)
        start = clock()
        users = [peer.get(i + 1) for i in order]
        spent = clock() - start
        peer.digest_users(users)
    elif workload in ("W3", "W3-read-only"):
        start = clock()
        users = peer.load()
        spent = clock() - start
        peer.digest_users(users)
    elif workload in ("W4", "W5"):
        start = clock()
        users = peer.load_graph() if workload == "W4" else peer.load()
        peer.walk(users)
        spent = clock() - start
        peer.digest_posts(users)
        peer.digest_users(users)
    elif workload == "W6":
        start = clock()
        users = peer.load()
        peer.change(users)
        spent = clock() - start
        peer.digest_database()
        peer.digest_users(users)
    elif workload == "W7o":
        users = peer.load()
        order = shuffled(len(users))
        start = clock()
        peer.delete([users[i] for i in order])
        spent = clock() - start
        peer.digest_database()
    elif workload == "W8":
        start, total = clock(), 0
        for user in peer.each():
            total += user.age + user.created_at + ord(user.username[4]) + ord(user.email[5])
        spent = clock() - start
        peer.digest.bytes(struct.pack("<q", total))
    elif workload == "W9":
        graph = [(user_row(i), [post_row(i * POSTS + k) for k in range(POSTS)]) for i in range(scale // POSTS)]
        start = clock()
        users = peer.add_graph(graph)
        spent = clock() - start
        peer.digest_database()
        peer.digest_posts(users)
        peer.digest_users(users)
    else:
        return 0, None
    return {"W8": scale * 10, "W7o": scale // POSTS}.get(workload, scale), spent


def main(kind):
    workload, storage, scale, path = sys.argv[1:]
    peer = kind(storage, path)
    peer.open()
    rows, spent = run(peer, workload, int(scale))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if spent is None:
        print(workload, storage, kind.name, 0, 0, 0, "-")
    else:
        print(workload, storage, kind.name, rows, "%.4f" % (spent * 1000), memory, "%016x" % peer.digest.value)
